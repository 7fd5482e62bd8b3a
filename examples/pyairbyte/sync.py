"""Reads streams of Pipedrive into PyAirbyte's DuckDB cache: all at first, what has changed from then on.

    python sync.py config.json deals pipelines
"""

import json
import os
import shutil
import sys

import airbyte as ab


def main(config_file: str, streams: list[str]) -> None:
    with open(config_file, encoding="utf-8") as file:
        config = json.load(file)

    def keep(changed: dict) -> None:
        """A new refresh token makes the old one invalid."""
        with open(config_file, "w", encoding="utf-8") as file:
            json.dump(changed, file)

    source = ab.get_source(
        "source-pipedrive",
        config=config,
        # A path; a bare name is looked up in PATH.
        local_executable=os.environ.get("SOURCE_PIPEDRIVE") or shutil.which("source-pipedrive"),
        config_change_callback=keep,
    )
    source.check()
    source.select_streams(streams)
    result = source.read(cache=ab.get_default_cache())
    print(f"read {result.processed_records} rows")
    for name, dataset in result.streams.items():
        print(f"{name}: {len(dataset.to_pandas())} rows in the cache")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
