import { Effect } from "effect"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../transport.ts"
import type { ChildRun } from "../child-run.ts"
import type { Consumer } from "../consumer.ts"
import type { Member } from "../family.ts"
import { finished, type Run, STATELESS } from "../run.ts"
import { changedRowsTo, readWhole, SnapshotBook } from "../snapshot.ts"
import { requestsFor } from "./requests.ts"

/** Parents of a list that is a snapshot: those whose content is new since their children were last read. */
const ofChangedParentsIn = (root: string, child: ChildRun): Consumer => {
  const before = child.book.hashes.get(root) ?? new Map<string, string>()
  const now = new Map<string, string>()
  return {
    ...child.consumer,
    take: (page, rows, done) => {
      const changed = rows.filter(
        (row) =>
          before.get(page.key(row)) !== String(page.hash(row)) && now.get(page.key(row)) !== String(page.hash(row))
      )
      const known = rows.filter((row) => !changed.includes(row))
      return child.consumer.take(
        page,
        changed,
        Effect.andThen(
          Effect.sync(() => {
            for (const row of [...changed, ...known]) now.set(page.key(row), String(page.hash(row)))
            child.book.hashes.set(root, new Map([...before, ...now]))
          }),
          done
        )
      )
    },
    flush: Effect.andThen(
      child.consumer.flush,
      Effect.sync(() => {
        if (!child.selected.outlet.ended) child.book.hashes.set(root, now)
      })
    )
  }
}

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
    const consumers = [
      ...(self === undefined || book === undefined ? [] : [changedRowsTo(self.outlet, book)]),
      ...runs.map((child) => (child.snapshot === undefined ? ofChangedParentsIn(root.name, child) : child.consumer))
    ]
    if (self !== undefined && self.stated.mark !== undefined && self.stated.own === undefined) {
      yield* self.outlet.log(
        "INFO",
        `${root.name}: its state comes from a version that kept a mark alone. The whole list is sent once, and what is new from then on.`
      )
    }
    yield* readWhole(requestsFor(run, member), consumers, (page) => {
      serverSeconds ??= Math.floor(page.serverMs / 1000)
    })
    for (const child of runs) {
      if (serverSeconds !== undefined) child.book.marks.set(root.name, serverSeconds)
      if (child.snapshot !== undefined) child.snapshot.read = serverSeconds
    }
    if (self === undefined || book === undefined) return
    book.read = serverSeconds
    yield* self.outlet.checkpoint(finished(self, root.changes === undefined ? STATELESS : book.state()))
    yield* self.outlet.end()
  })
