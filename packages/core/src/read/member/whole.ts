import { Effect } from "effect"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../transport.ts"
import type { ChildRun } from "../child-run.ts"
import type { Consumer } from "../consumer.ts"
import type { Member } from "../family.ts"
import { ofChangedParentsIn, ofFailedParents } from "../parents-of-snapshot.ts"
import { finished, type Run, STATELESS } from "../run.ts"
import { changedRowsTo, readWhole, SnapshotBook } from "../snapshot.ts"
import { requestsFor } from "./requests.ts"

/**
 * Whether a child that is a snapshot was read not long ago but for parents that failed: then those alone are asked for.
 * Where one hash stands for many rows it is all of them, as what is known of the others could not be kept.
 */
const lacksFailedAlone = (run: Run, { book, selected, snapshot }: ChildRun): Effect.Effect<boolean, ReadError> =>
  Effect.gen(function* () {
    const { changes } = selected.stream
    if (snapshot === undefined || snapshot.buckets !== undefined || !book.failed.any || changes?.kind !== "snapshot")
      return false
    if (snapshot.read === undefined || changes.freshnessMs === undefined || selected.line.length > 1) return false
    return ((yield* run.serverSeconds) - snapshot.read) * 1000 < changes.freshnessMs
  })

/** A list read whole: a snapshot, or a stream without changes. */
export const wholeMember = (
  run: Run,
  member: Member,
  runs: ReadonlyArray<ChildRun>
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { root, self } = member
    const book = self === undefined ? undefined : new SnapshotBook(root, self.stated)
    let serverSeconds: number | undefined
    const own = self === undefined || book === undefined ? undefined : changedRowsTo(self.outlet, book)
    const children: Array<{ readonly child: ChildRun; readonly consumer: Consumer; readonly isPartial: boolean }> = []
    for (const child of runs) {
      const isPartial = yield* lacksFailedAlone(run, child)
      const consumer =
        child.snapshot === undefined
          ? ofChangedParentsIn(root.name, child)
          : isPartial
            ? ofFailedParents(child)
            : child.consumer
      children.push({ child, consumer, isPartial })
    }
    if (self !== undefined && self.stated.mark !== undefined && self.stated.own === undefined) {
      yield* self.outlet.log(
        "INFO",
        `${root.name}: its state comes from a version that kept a mark alone. The whole list is sent once, and what is new from then on.`
      )
    }
    const consumers = [...(own === undefined ? [] : [own]), ...children.map(({ consumer }) => consumer)]
    yield* readWhole(requestsFor(run, member), consumers, (page) => {
      serverSeconds ??= Math.floor(page.serverMs / 1000)
    })
    if (own !== undefined) yield* own.finish(Effect.void)
    const readAt = serverSeconds
    for (const { child, consumer, isPartial } of children) {
      yield* consumer.finish(
        Effect.sync(() => {
          if (readAt !== undefined) child.book.marks.set(root.name, readAt)
          if (isPartial) child.snapshot?.carry(() => true)
          else if (child.snapshot !== undefined) child.snapshot.read = readAt
        })
      )
    }
    if (self === undefined || book === undefined) return
    book.read = serverSeconds
    yield* self.outlet.checkpoint(finished(self, root.changes === undefined ? STATELESS : book.state()))
    yield* self.outlet.end()
  })
