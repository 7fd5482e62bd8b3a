import type { SourceStream } from "../stream.ts"
import { ChildBook } from "./book.ts"
import { Children } from "./children.ts"
import { type Consumer, childrenTo } from "./consumer.ts"
import type { Selected } from "./family.ts"
import type { Run } from "./run.ts"
import { fresh, SnapshotBook } from "./snapshot.ts"

/** A child stream on its way: its children's requests, and how far they are. */
export interface ChildRun {
  readonly selected: Selected
  /** What is asked for with the keys of the list: its own children, or those on the way to them. */
  readonly children: Children
  readonly book: ChildBook
  /** For children that are a snapshot themselves. */
  readonly snapshot: SnapshotBook | undefined
  readonly consumer: Consumer
}

/** Whether a stream is read whole and compared with what it was. */
export const isSnapshot = (stream: SourceStream): boolean => stream.changes?.kind === "snapshot"

/** Makes ready to read a child stream. */
export const childRun = (run: Run, selected: Selected): ChildRun => {
  const { stream, stated, outlet } = selected
  const snapshot = isSnapshot(stream) ? new SnapshotBook(stream, stated) : undefined
  const options = { transport: run.transport, outlet, workers: run.config.workers }
  const own = new Children({
    ...options,
    stream,
    ...(snapshot !== undefined && {
      filter: (page, rows, parent) => {
        const { rows: kept, commit } = fresh(snapshot, page, rows, parent === undefined ? "" : `${parent.key}|`)
        commit()
        return kept
      }
    })
  })
  const children = selected.line
    .slice(0, -1)
    .reduceRight((into, between) => new Children({ ...options, stream: between, into }), own)
  return {
    selected,
    children,
    book: new ChildBook(stream, selected.lists, stated, run.config.startDate),
    snapshot,
    consumer: childrenTo(children, outlet)
  }
}
