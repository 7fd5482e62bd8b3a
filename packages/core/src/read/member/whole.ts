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
  /** Keys and content of the given parents: what is kept until their children have been emitted. */
  type Parents = ReadonlyArray<{ readonly row: number; readonly key: string; readonly hash: string }>
  const contentOf = (page: Page, rows: ReadonlyArray<number>): Parents =>
    rows.map((row) => ({ row, key: page.key(row), hash: hashText(page.hash(row)) }))
  const keep = (parents: Parents) =>
    Effect.suspend(() => {
      for (const { key, hash } of parents) now.set(key, hash)
      book.hashes.set(root, new Map([...before, ...now]))
      return children.refusedByAll ? Effect.void : selected.outlet.checkpoint(book.state())
    })
  /** Apart from `take`, whose page must not be held. */
  const progressOf = (all: Parents, changed: Parents, done: Effect.Effect<void>) => ({
    done: Effect.andThen(keep(all), done),
    partly: (next: number) =>
      before.size + now.size > MANY_PARENTS ? Effect.void : keep(changed.filter(({ row }) => row < next))
  })
  return {
    ...consumer,
    take: (page, rows, done) => {
      const parents = contentOf(page, rows)
      const changed = parents.filter(({ key, hash }) => before.get(key) !== hash && now.get(key) !== hash)
      if (changed.length === 0) {
        for (const { key, hash } of parents) now.set(key, hash)
        return done
      }
      const progress = progressOf(parents, changed, done)
      return consumer.take(
        page,
        changed.map(({ row }) => row),
        progress.done,
        progress.partly
      )
    },
    finish: (done) =>
      consumer.finish(
        Effect.suspend(() => {
          if (!selected.outlet.ended) book.hashes.set(root, now)
          return done
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
    const own = self === undefined || book === undefined ? undefined : changedRowsTo(self.outlet, book)
    const children = runs.map((child) => ({
      ...child,
      consumer: child.snapshot === undefined ? ofChangedParentsIn(root.name, child) : child.consumer
    }))
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
    for (const { book: childBook, consumer, snapshot } of children) {
      yield* consumer.finish(
        Effect.sync(() => {
          if (readAt !== undefined) childBook.marks.set(root.name, readAt)
          if (snapshot !== undefined) snapshot.read = readAt
        })
      )
    }
    if (self === undefined || book === undefined) return
    book.read = serverSeconds
    yield* self.outlet.checkpoint(finished(self, root.changes === undefined ? STATELESS : book.state()))
    yield* self.outlet.end()
  })
