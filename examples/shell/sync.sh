#!/usr/bin/env bash
# Reads the streams of catalog.json, each into a file of JSON lines under data/, and keeps the state for the next run.
#
#   sync.sh [command that runs the source]      needs config.json, catalog.json, jq
set -euo pipefail

source=("$@")
if [ $# -eq 0 ]; then source=(npx source-pipedrive); fi
mkdir -p data
state=()
if [ -f state.json ]; then state=(--state state.json); fi

run=$(mktemp)
trap 'rm -f "$run"' EXIT
status=0
"${source[@]}" read --config config.json --catalog catalog.json --save-config config.json "${state[@]}" >"$run" || status=$?

# One line a row, appended to the file of its stream.
jq -r 'select(.type == "RECORD") | .record | "\(.stream)\t\(.data | tojson)"' "$run" |
  awk -F '\t' '{ print substr($0, length($1) + 2) >> ("data/" $1 ".jsonl") }'

# The last state of each stream, those of this run over those of earlier ones.
last=$(jq -s 'map(select(.type == "STATE") | .state)' "$run")
jq -n --argjson new "$last" --slurpfile old <(cat state.json 2>/dev/null || echo '[]') \
  '($old[0] + $new) | group_by(.stream.stream_descriptor.name) | map(last)' >state.json.new
mv state.json.new state.json

# What went wrong, for people.
jq -r 'select(.trace.type == "ERROR") | .trace.error | "\(.failure_type): \(.message)"' "$run" >&2
exit "$status"
