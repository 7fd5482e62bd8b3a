/** What the plan of a read is told, and what it answers. Times are epoch seconds of the server. */
import type { Slice, Slices } from "./slices.ts"

/** What a page tells. */
export interface PageFacts {
  /** Of all rows, in order; NaN for a row without a time. */
  readonly times: ReadonlyArray<number>
  /** Numbers of the rows that have not been handed over before. */
  readonly rows: ReadonlyArray<number>
  /** Second of the last row so far. */
  readonly at: number | undefined
  /** What the page after it is asked for with. */
  readonly next: Pick<Slice, "since" | "cursor">
  /** Whether it is the last page of the list. */
  readonly ended: boolean
  /** Whether the slice began to be filtered with this page, and so may leave rows without a time behind. */
  readonly isFilteredAnew: boolean
  /** The server's time at this page, less its margin. */
  readonly safeWatermark: number
}

/** Rows of a page to be emitted, and where their slice stands once they are. */
export interface Emission {
  readonly rows: ReadonlyArray<number>
  readonly to: Pick<Slice, "since" | "at" | "cursor">
  /** Whether the slice is read to its end with them. */
  readonly ended: boolean
}

/** What is to be done. */
export type Command =
  /** Look at the last row of the list, and tell `sawEnd`. */
  | { readonly _tag: "LookAtEnd" }
  /** Read this slice to its end before anything else is done for the page. */
  | { readonly _tag: "ReadFirst"; readonly id: number }
  /** Emit rows, and ask for the next page meanwhile where one is wanted. */
  | { readonly _tag: "Emit"; readonly emission: Emission; readonly isMoreWanted: boolean }
  /** Drop the page that is on its way, and go on like this slice. */
  | { readonly _tag: "Jump"; readonly slice: Slice }
  /** Start a worker for a slice that was cut off. */
  | { readonly _tag: "Start"; readonly id: number; readonly from: number }
  /** Read this slice no further. */
  | { readonly _tag: "Stop" }
  /** End with an error: rows change faster than they can be read. */
  | { readonly _tag: "GiveUp" }

/** What those who take rows still want. */
export interface Demand {
  /** Whether anybody takes further pages. */
  readonly isOpen: () => boolean
  /** The next second, at or after one in a slice, of which somebody takes rows; `Infinity` for none. */
  readonly nextWanted: (from: number, stop: number | undefined) => number
  /** All want a slice that none had left at the beginning of the read. */
  readonly add: (slice: Slice) => void
  /** What is done to the slices in which the list is read is done to those of everyone. */
  readonly follow: (change: (slices: Slices) => Slices) => void
}
