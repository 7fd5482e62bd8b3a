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
  const children = new Children({
    transport: run.transport,
    stream,
    outlet,
    workers: run.config.workers,
    ...(snapshot !== undefined && {
      filter: (page, rows, parent) => {
        const { rows: kept, commit } = fresh(snapshot, page, rows, parent === undefined ? "" : `${parent.key}|`)
        commit()
        return kept
      }
    })
  })
  return {
    selected,
    children,
    book: new ChildBook(stream, stated, run.config.startDate),
    snapshot,
    consumer: childrenTo(children, outlet)
  }
}
