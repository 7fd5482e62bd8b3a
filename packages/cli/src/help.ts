/** Help beyond what the options say of themselves. */
export const HELP = {
  all: (command: string): string => `Gets your Pipedrive data out.

  ${command} init
    connects an account, chooses streams
  ${command} sync --to pipedrive.duckdb
    reads it into tables; again: what is new

For people
  init          connects an account: writes pipedrive.json and catalog.json
  sync          reads what is new into a DuckDB file, or a folder of Parquet
  plan          what the next sync costs, before it is spent
  doctor        finds what keeps streams from being read, and says what to do
  sample        shows the first rows of a stream
  streams       lists all streams: key, cursor, cost

For Airbyte (one JSON message a line)
  spec          shows what the config may hold
  check         tries the config with one request        --config F
  discover      lists the streams and their columns      --config F
  read          reads the selected streams               --config F --catalog F
                                                         [--state F]

  --version     shows the version
  --help        after a command: how it is used, with examples
`,
  init: `
Examples
  init                                      asks at the terminal
  PIPEDRIVE_API_TOKEN=... init --streams default
  init --client-id ... --client-secret ...  consent in the browser
`,
  sync: `
Examples
  sync --to pipedrive.duckdb                  tables in one file
  sync --to pipedrive/                        a Parquet file for each stream
  sync --to pipedrive.duckdb --refresh deals  read deals anew

A row is there once, as it is now; what is deleted in Pipedrive leaves the
table once the source knows of it. A run that is stopped, even by force,
leaves a file that the next run completes. Values that do not fit their column
are null, and listed in the table _pipedrive_issues.
`
}
