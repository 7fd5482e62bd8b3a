import { Effect } from "effect"
import type { ReadError } from "../../errors.ts"
import { hashText } from "../../hash.ts"
import type { RefusedError } from "../../transport.ts"
import type { ChildRun } from "../child-run.ts"
import type { Consumer } from "../consumer.ts"
import type { Member } from "../family.ts"
import type { Page } from "../page.ts"
import { finished, type Run, STATELESS } from "../run.ts"
import { changedRowsTo, readWhole, SnapshotBook } from "../snapshot.ts"
import { requestsFor } from "./requests.ts"

/** States of more parents than this are printed a page at a time: each holds them all. */
const MANY_PARENTS = 500

/** Parents of a list that is a snapshot: those whose content is new since their children were last read. */
const ofChangedParentsIn = (root: string, child: ChildRun): Consumer => {
  const { book, children, consumer, selected } = child
  const before = book.hashes.get(root) ?? new Map<string, string>()
  const now = new Map<string, string>()
  const out = (page: Page, rows: ReadonlyArray<number>) =>
    Effect.suspend(() => {
      for (const row of rows) now.set(page.key(row), hashText(page.hash(row)))
      book.hashes.set(root, new Map([...before, ...now]))
      return children.refusedByAll ? Effect.void : selected.outlet.checkpoint(book.state())
    })
  return {
    ...consumer,
    take: (page, rows, done) => {
      const isNew = (row: number) => {
        const hash = hashText(page.hash(row))
        return before.get(page.key(row)) !== hash && now.get(page.key(row)) !== hash
      }
      const changed = rows.filter(isNew)
      if (changed.length === 0) {
        for (const row of rows) now.set(page.key(row), hashText(page.hash(row)))
        return done
      }
      return consumer.take(page, changed, Effect.andThen(out(page, rows), done), (next) =>
        before.size + now.size > MANY_PARENTS
          ? Effect.void
          : out(
              page,
              changed.filter((row) => row < next)
            )
      )
    },
    flush: Effect.andThen(
      consumer.flush,
      Effect.sync(() => {
        if (!selected.outlet.ended) book.hashes.set(root, now)
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
