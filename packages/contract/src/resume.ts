import type { SourceStream } from "@pipedrive-source/core"
import type { Source } from "@pipedrive-source/core/reader"
import { momentOf } from "./moments.ts"
import { groupBy, type Sent, streamIn, type TrueRow } from "./truth.ts"

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, number) => total + number, 0)

/** The sum of the largest of them. */
const largest = (numbers: ReadonlyArray<number>, count: number): number =>
  sum([...numbers].sort((a, b) => b - a).slice(0, count))

const sizesBy = (rows: ReadonlyArray<TrueRow>, of: (row: TrueRow) => string): ReadonlyArray<number> =>
  [...groupBy(rows, of).values()].map((group) => group.length)

export interface Pace {
  readonly pageRows: number
  readonly workers: number
  /** Whether page cursors are refused when the read goes on. */
  readonly cursorsExpire: boolean
}

/** How many rows may come twice when a read is stopped once and goes on. */
export const mayComeAgain = (
  source: Source,
  stream: SourceStream,
  truth: ReadonlyArray<TrueRow>,
  { pageRows, workers, cursorsExpire }: Pace
): number => {
  const { changes, parents, paging } = stream
  const ties = () =>
    largest(
      sizesBy(truth, (row) => String(momentOf(source, stream, row))),
      cursorsExpire ? workers : 1
    )
  switch (changes?.kind) {
    case undefined:
    case "snapshot":
      return truth.length
    case "since":
      return paging.kind === "cursor" && !cursorsExpire ? pageRows * workers : pageRows * workers + ties()
    case "newestFirst":
      return changes.ascending === undefined ? truth.length : pageRows
    case "ofChangedParents": {
      // Its mark moves at the end, as that of its parents does.
      if (parents?.streams.some((name) => streamIn(source, name).changes?.kind === "newestFirst")) return truth.length
      const sizes = sizesBy(truth, ({ parent }) => `${parent?.stream}/${parent?.key}`)
      const asked = workers * (parents?.ask.in === "query" ? parents.ask.size : 1)
      // Where a page cursor is refused, each window begins again with the parents of its last second.
      return largest(sizes, cursorsExpire ? 2 * asked : asked)
    }
  }
}

/** Lines of a run that earlier runs had sent just so. */
export const comeAgain = (earlier: ReadonlyArray<Sent>, later: ReadonlyArray<Sent>): ReadonlyArray<Sent> => {
  const known = new Set(earlier.map(({ key, text }) => `${key} ${text}`))
  return later.filter(({ key, text }) => known.has(`${key} ${text}`))
}
