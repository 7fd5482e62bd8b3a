import { Effect } from "effect"
import { cursorText } from "../../cursor.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../transport.ts"
import type { ChildRun } from "../child-run.ts"
import { type Consumer, rowsTo } from "../consumer.ts"
import type { Member } from "../family.ts"
import { NewestBook } from "../newest-book.ts"
import { readNewestFirst } from "../newest-first.ts"
import { finished, type Run } from "../run.ts"
import { requestsFor } from "./requests.ts"

/** Only rows that pass. */
const only = (consumer: Consumer, passes: (seconds: number) => boolean): Consumer => ({
  ...consumer,
  take: (page, rows, done) =>
    consumer.take(
      page,
      rows.filter((row) => passes(page.seconds(row))),
      done
    )
})

/** A list read newest first. */
export const newestMember = (
  run: Run,
  member: Member,
  runs: ReadonlyArray<ChildRun>
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { root, self } = member
    const { changes } = root
    if (changes?.kind !== "newestFirst") return
    const start = run.config.startDate
    const later = (mark: number | undefined) => (mark === undefined ? start : Math.max(mark, start ?? mark))
    const book = self === undefined ? undefined : new NewestBook(root, self.stated)
    const { mark: before, whole, upward } = book ?? {}
    const everyMs = changes.wholeEveryMs
    const isDue =
      everyMs !== undefined && before !== undefined && whole !== undefined && upward === undefined
        ? ((yield* run.serverSeconds) - whole) * 1000 >= everyMs
        : false
    /** Where the list's own stream begins: at the start where it is read whole. */
    const from = isDue || upward !== undefined ? start : later(before)
    const marks = [
      ...(book === undefined ? [] : [from]),
      ...runs.map(({ book: childBook }) => later(childBook.mark(root.name)))
    ]
    const threshold = marks.some((mark) => mark === undefined) ? undefined : Math.min(...(marks as Array<number>))
    const consumers = [
      ...(self === undefined ? [] : [only(rowsTo(self.outlet), (seconds) => !(seconds < (from ?? seconds)))]),
      ...runs.map(({ consumer, book: childBook }) => {
        const mark = later(childBook.mark(root.name))
        const through = childBook.through(root.name)
        return only(consumer, (seconds) => !(seconds < (mark ?? seconds)) && seconds !== through)
      })
    ]
    const goesUp = book !== undefined && changes.ascending !== undefined && threshold === undefined
    const reached = yield* readNewestFirst({
      requests: requestsFor(run, member),
      consumers,
      threshold,
      ...(goesUp &&
        self !== undefined && {
          upward: { book, checkpoint: Effect.suspend(() => self.outlet.checkpoint(book.state())) }
        })
    })
    for (const { book: childBook, children, consumer } of runs) {
      yield* consumer.finish(
        Effect.sync(() => {
          if (reached !== undefined && !children.holdsWatermark) childBook.reach(root.name, reached)
        })
      )
    }
    if (self === undefined || book === undefined) return
    if (reached !== undefined) book.mark = Math.max(reached.mark, before ?? reached.mark)
    book.upward = undefined
    if (everyMs !== undefined && (isDue || whole === undefined)) book.whole = yield* run.serverSeconds
    const text = (seconds: number | undefined) => (seconds === undefined ? undefined : cursorText(root, seconds))
    self.outlet.marks(text(before), text(book.mark))
    yield* self.outlet.checkpoint(finished(self, book.state()))
    yield* self.outlet.end()
  })
