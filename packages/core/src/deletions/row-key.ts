import { ROW_KEY, type SourceStream } from "../declare/stream.ts"
import type { Key } from "./tombstones.ts"

/** Where the JSON scalar at the beginning of a text ends. */
const scalarEnd = (text: string, end: string): number => {
  const [string] = /^"(?:[^"\\]|\\.)*"/.exec(text) ?? []
  if (string !== undefined) return string.length
  const at = text.indexOf(end)
  return at < 0 ? text.length : at
}

/** JSON scalars that stand in a text one behind the other, with a comma between. */
const scalarsIn = (text: string): ReadonlyArray<string> => {
  const scalars: Array<string> = []
  for (let rest = text; rest !== ""; ) {
    const end = scalarEnd(rest, ",")
    scalars.push(rest.slice(0, end))
    rest = rest.slice(end + 1)
  }
  return scalars
}

/**
 * The key columns of a row from the key that a snapshot keeps of it: its values as JSON texts, and before them the
 * parent's key and a bar where it has a parent.
 */
export const rowKeyOf = (stream: SourceStream, key: string): Key => {
  const { columns, name, parents, primaryKey } = stream
  const end = parents === undefined ? -1 : scalarEnd(key, "|")
  const values = scalarsIn(key.slice(end + 1))
  const declared = primaryKey.filter((column) => Object.hasOwn(columns, column))
  const own = declared.map((column, at): readonly [string, string] => {
    const value = values[at] ?? "null"
    return [column, value === "null" && column === parents?.as ? key.slice(0, end) : value]
  })
  return primaryKey.includes(ROW_KEY) ? [...own, [ROW_KEY, JSON.stringify(name)]] : own
}
