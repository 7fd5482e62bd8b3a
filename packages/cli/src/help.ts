/** Help beyond what the options say of themselves. */
export const HELP = {
  all: (command: string): string => `Reads a Pipedrive account into tables, or for Airbyte.

  ${command} init
    connects an account
  ${command} sync --to pipedrive.duckdb
    reads what is new

For people
  init          connects an account: writes pipedrive.json and catalog.json
  sync          reads what is new into a DuckDB file, or a folder of Parquet
  plan          says what the next sync will cost, before you run it
  doctor        finds what keeps streams from being read, and says what to do
  sample        shows the first rows of a stream
  streams       lists all streams: key, cursor, cost

For Airbyte (one JSON message a line)
  spec          shows what the config may contain
  check         tries the credentials with one request   --config F
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

Each row is in its table once, as it is now; rows deleted in Pipedrive leave
the table once the source finds out. A run that is stopped, even by force,
leaves a file that the next run completes. Values that do not fit their column
are null, and listed in the table _pipedrive_issues.
`
}
