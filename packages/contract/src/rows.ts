import { ROW_KEY, type SourceStream } from "@pipedrive-source/core"
import { membersOf } from "./json-text.ts"
import { byKey, groupBy, type Sent, type TrueRow } from "./truth.ts"

const cut = (text: string): string => (text.length > 160 ? `${text.slice(0, 160)}…` : text)

const isOurs = (name: string): boolean => name.startsWith("_ab_")

/** What was added to a line, as text that does not depend on the order; our own columns left out. */
const addedText = (members: ReadonlyArray<readonly [string, string]>): string =>
  members
    .filter(([name]) => !isOurs(name))
    .map(([name, text]) => `${name}=${text}`)
    .sort()
    .join(",")

/** Whether a line is the row as it is. */
export const matches = (sent: Sent, row: TrueRow): boolean =>
  sent.text === row.text && addedText(membersOf(`{${sent.added}}`)) === addedText(row.added)

/** Rows that are there, but were not sent as they are. */
export const lost = (stream: SourceStream, sent: ReadonlyArray<Sent>, truth: ReadonlyArray<TrueRow>) => {
  const lines = groupBy(sent, ({ key }) => key)
  return [...byKey(truth)].flatMap(([key, rows]) => {
    const found = lines.get(key)
    if (found === undefined) return [`${stream.name}: row ${cut(key)} is missing`]
    return found.some((line) => rows.some((row) => matches(line, row)))
      ? []
      : [
          `${stream.name}: row ${cut(key)} is not as the API has it: ${cut(found.at(-1)?.text ?? "")} + ${found.at(-1)?.added} instead of ${cut(rows[0]?.text ?? "")} + ${addedText(rows[0]?.added ?? [])}`
        ]
  })
}

/** Lines that are no rows of the list, or not as it has them. */
export const invented = (stream: SourceStream, sent: ReadonlyArray<Sent>, truth: ReadonlyArray<TrueRow>) => {
  const rows = byKey(truth)
  return sent.flatMap((line) =>
    rows.get(line.key)?.some((row) => matches(line, row))
      ? []
      : [`${stream.name}: ${cut(line.key)} was sent and is no row of the list: ${cut(line.text)} + ${line.added}`]
  )
}

/** Rows sent more often than they are there, those excepted that `mayRepeat`. */
const repeated = (
  stream: SourceStream,
  sent: ReadonlyArray<Sent>,
  truth: ReadonlyArray<TrueRow>,
  mayRepeat: (row: TrueRow) => boolean = () => false
) => {
  const isKeyed = !stream.primaryKey.includes(ROW_KEY)
  const rows = byKey(truth)
  return [...groupBy(sent, ({ key }) => key)].flatMap(([key, lines]) => {
    const most = isKeyed ? 1 : (rows.get(key)?.length ?? 1)
    return lines.length > most && !(rows.get(key) ?? []).some(mayRepeat)
      ? [`${stream.name}: row ${cut(key)} was sent ${lines.length} times`]
      : []
  })
}

/** Everything wrong with a quiet read of a whole list. */
export const differences = (
  stream: SourceStream,
  sent: ReadonlyArray<Sent>,
  truth: ReadonlyArray<TrueRow>,
  mayRepeat?: (row: TrueRow) => boolean
): ReadonlyArray<string> => [
  ...lost(stream, sent, truth),
  ...invented(stream, sent, truth),
  ...repeated(stream, sent, truth, mayRepeat)
]

/** What is wrong with the keys that were added to rows without one: each row has its own. */
export const wrongAddedKeys = (
  stream: SourceStream,
  sent: ReadonlyArray<Sent>,
  truth: ReadonlyArray<TrueRow>
): ReadonlyArray<string> => {
  if (!stream.primaryKey.includes(ROW_KEY)) return []
  const keys = new Set(sent.map(({ members }) => members.find(([name]) => name === ROW_KEY)?.[1]))
  return [
    ...(keys.has(undefined) ? [`${stream.name}: a row came without ${ROW_KEY}`] : []),
    ...(keys.size === truth.length ? [] : [`${stream.name}: ${truth.length} rows have ${keys.size} ${ROW_KEY}s`])
  ]
}
