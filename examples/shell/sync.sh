#!/usr/bin/env bash
# Reads the streams of catalog.json, each into a file of JSON lines under data/, and keeps the state for the next run.
#
#   sync.sh [command that runs the source]      needs config.json, catalog.json, jq
set -euo pipefail

if [ $# -eq 0 ]; then set -- npx source-pipedrive; fi
set -- "$@" read --config config.json --catalog catalog.json --save-config config.json
if [ -f state.json ]; then set -- "$@" --state state.json; fi

mkdir -p data
run=$(mktemp)
trap 'rm -f "$run" state.json.new' EXIT
status=0
"$@" >"$run" || status=$?

# One line a row, appended to the file of its stream. Rows are cut out of their messages byte for byte: jq 1.6 changes
# numbers such as 0.10 and 12345678901234567890.
LC_ALL=C sed -nE 's/^\{"type":"RECORD","record":\{"stream":"([^"]*)","data":(.*),"emitted_at":[0-9]+\}\}$/\1 \2/p' "$run" |
  LC_ALL=C awk '{ at = index($0, " "); print substr($0, at + 1) >> ("data/" substr($0, 1, at - 1) ".jsonl") }'

# The last state of each stream, those of this run over those of earlier ones. It is saved after the rows it vouches for.
# The state of a full refresh is left out: with it, the next one would send nothing.
states() { grep '^{"type":"STATE"' "$run" | grep -vE '"full":true|"__ab_'; }
jq -n --slurpfile old <(if [ -f state.json ]; then cat state.json; fi) --slurpfile new <(states) \
  '[$old[][], $new[].state] | group_by(.stream.stream_descriptor.name) | map(last)' >state.json.new
mv state.json.new state.json

# What went wrong, for people.
jq -r 'select(.trace.type == "ERROR") | .trace.error | "\(.failure_type): \(.message)"' "$run" >&2
exit "$status"
