import type { SourceStream } from "../declare/stream.ts"
import { IntegerSet } from "./integer-set.ts"
import { UuidSet } from "./uuid-set.ts"

/** An id: a number, or as it stands in its row. */
export type Id = number | string

/**
 * A set of ids, each as it stands in its row: a whole number, or a UUID in its quotes. A text that is no such id is
 * in no set, and is not taken in.
 */
export interface IdSet {
  readonly size: number
  readonly has: (id: Id) => boolean
  readonly add: (id: Id) => void
  readonly delete: (id: Id) => void
  /** All ids, ascending. */
  readonly [Symbol.iterator]: () => Iterator<string>
  readonly copy: () => IdSet
  /** The set as a state keeps it; @param isLast whether as short as it gets */
  readonly toText: (isLast: boolean) => string
}

const isWhole = (stream: SourceStream): boolean => stream.columns[stream.primaryKey[0] ?? ""]?.type === "integer"

/** An empty set for a stream's ids. */
export const noIds = (stream: SourceStream): IdSet => (isWhole(stream) ? new IntegerSet() : new UuidSet())

/** The set in a text; undefined where the text is none of this stream's. */
export const idsIn = (stream: SourceStream, text: string): IdSet | undefined =>
  isWhole(stream) ? IntegerSet.of(text) : UuidSet.of(text)
