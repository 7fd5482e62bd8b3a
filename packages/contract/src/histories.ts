import { ROW_KEY, type SourceStream } from "@pipedrive-source/core"
import type { Source } from "@pipedrive-source/core/reader"
import { edit, insert, remove } from "./changes.ts"
import type { Company } from "./company.ts"
import { stamp } from "./moments.ts"
import type { Random } from "./random.ts"
import { matches } from "./rows.ts"
import { byKey, type Sent, streamIn, type TrueRow, truthOf } from "./truth.ts"

/** A write may become visible this many seconds after the time it carries. */
const LATE_S = 30

/**
 * Changes one row of a stream, or of its parents, as anybody might at any time.
 *
 * @returns the stream's rows as they were before, where they were looked at
 */
export const stir = (
  company: Company,
  source: Source,
  stream: SourceStream,
  random: Random
): ReadonlyArray<TrueRow> | undefined => {
  const { emulator } = company
  const names = stream.parents?.streams ?? []
  const target = names.length > 0 && random.once(3) ? streamIn(source, random.pick(names)) : stream
  const all = truthOf(emulator, source, target)
  const before = target === stream ? all : undefined
  const rows = all.filter(({ id }) => id !== undefined)
  if (rows.length < 4) return before
  const row = random.pick(rows)
  const ids = [row.id as string | number]
  const patch = stamp(target, emulator.clock.now() - random.below(LATE_S) * 1000)
  // A row without a key of its own is an entry of a log: more come, but none changes or goes. Nor does one of the
  // objects that every parent has, for itself.
  const isOneOfSome = target.paging.kind === "single" && target.parts !== undefined
  const kind = target.primaryKey.includes(ROW_KEY) || isOneOfSome ? 5 : random.below(10)
  if (kind < 5) edit(emulator, row.list, ids, patch)
  else if (kind < 8) insert(emulator, row.list, 1 + random.below(2), patch)
  else remove(emulator, row.list, ids)
  return before
}

/** Keys of rows that stand in each of the lists: the same rows, not others that came under the same key. */
export const stayed = (lists: ReadonlyArray<ReadonlyArray<TrueRow>>): ReadonlyArray<string> => {
  const identity = ({ key, id }: TrueRow): string => `${key} ${id}`
  const [first = [], ...later] = lists
  const known = later.map((rows) => new Set(rows.map(identity)))
  return [...new Set(first.filter((row) => known.every((rows) => rows.has(identity(row)))).map(({ key }) => key))]
}

/** Rows that stayed and were not sent. */
export const overlooked = (stream: SourceStream, keys: ReadonlyArray<string>, sent: ReadonlyArray<Sent>) => {
  const known = new Set(sent.map(({ key }) => key))
  return keys
    .filter((key) => !known.has(key))
    .map((key) => `${stream.name}: row ${key.slice(0, 120)} was there all the time and is missing`)
}

/** Rows of which a copy made from the lines, the last one of each key, is not what the list has. */
export const stale = (stream: SourceStream, sent: ReadonlyArray<Sent>, truth: ReadonlyArray<TrueRow>) => {
  const copy = new Map(sent.map((line) => [line.key, line]))
  return [...byKey(truth)].flatMap(([key, rows]) => {
    const line = copy.get(key)
    if (line === undefined) return [`${stream.name}: row ${key.slice(0, 120)} never came`]
    return rows.some((row) => matches(line, row))
      ? []
      : [
          `${stream.name}: row ${key.slice(0, 120)} is stale: ${line.text.slice(0, 200)} instead of ${rows[0]?.text.slice(0, 200)}`
        ]
  })
}
