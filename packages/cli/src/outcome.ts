import type { Me } from "@pipedrive-source/core/reader"
import type { TableReport } from "@pipedrive-source/duckdb"
import type { Session } from "./session.ts"
import { isFolder } from "./target.ts"
import { colours, count, counted, say, table, wrapped } from "./terminal.ts"

/** What a sync came to. */
export interface Outcome {
  readonly tables: ReadonlyArray<TableReport>
  /** Streams that were read to their end. */
  readonly complete: ReadonlySet<string>
  readonly failures: ReadonlyMap<string, string>
  readonly tokens: number
  readonly requests: number
  readonly seconds: number
}

const TRIES: ReadonlyArray<readonly [stream: string, sql: string]> = [
  ["deals", "SELECT status, sum(value) FROM deals GROUP BY ALL"],
  ["activities", "SELECT type, count(*) FROM activities GROUP BY ALL"],
  ["persons", "SELECT name FROM persons ORDER BY add_time DESC LIMIT 9"]
]

/** A word as a shell takes it. */
const shellWord = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

/** One query that shows what can be done with the tables. */
const tryLine = (to: string, tables: ReadonlyArray<TableReport>): string => {
  const names = new Set(tables.map(({ stream }) => stream))
  const sql = TRIES.find(([stream]) => names.has(stream))?.[1] ?? `SELECT * FROM ${tables[0]?.stream} LIMIT 10`
  return isFolder(to)
    ? `cd ${shellWord(to)} && duckdb -c "${sql.replace(/FROM (\w+)/, "FROM '$1.parquet'")}"`
    : `duckdb ${shellWord(to)} "${sql}"`
}

/** Shows what a sync came to. */
export const showOutcome = (
  { complete, failures, requests, seconds, tables, tokens }: Outcome,
  to: string,
  session: Session
): void => {
  say()
  say(
    table(
      ["stream", "new", "changed", "deleted", "rows in table", ""],
      tables.map(({ added, changed, deleted, rows, stream }) => [
        stream,
        added,
        changed,
        deleted,
        rows,
        complete.has(stream) ? "" : colours.red("partly")
      ])
    )
  )
  say()
  const left = session.meter.left()
  say(
    `${seconds.toFixed(1)} s, ${counted(requests, "request")}, ${counted(tokens, "token")}${left === undefined ? "" : `, ${count(left)} left today`}`
  )
  const misfits = tables.filter(({ issues }) => issues > 0)
  if (misfits.length > 0) {
    const names = misfits.map(({ issues, stream }) => `${stream} (${count(issues)})`).join(", ")
    say(
      colours.yellow(
        wrapped(`Values that did not fit their column are null: ${names}. See the table _pipedrive_issues.`)
      )
    )
  }
  for (const [stream, message] of failures) say(colours.red(wrapped(`${stream}: ${message}`)))
  if (tables.some(({ stream }) => !complete.has(stream) && !failures.has(stream)))
    say(
      colours.yellow(wrapped("Stopped. What has been read is kept: run the command again, and it goes on from there."))
    )
  say(`Try: ${tryLine(to, tables)}`)
}

/** What a sync came to, for scripts. */
export const outcomeJson = (
  { complete, failures, requests, seconds, tables, tokens }: Outcome,
  me: Me,
  session: Session
) => ({
  company: { id: me.companyId, name: me.company },
  streams: tables.map(({ added, changed, deleted, issues, rows, stream }) => ({
    stream,
    new: added,
    changed,
    deleted,
    rows,
    issues,
    complete: complete.has(stream),
    ...(failures.has(stream) && { error: failures.get(stream) })
  })),
  total: { requests, tokens, tokens_left: session.meter.left(), seconds }
})
