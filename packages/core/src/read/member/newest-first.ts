import { Effect } from "effect"
import { cursorText } from "../../cursor.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../transport.ts"
import type { ChildRun } from "../child-run.ts"
import { type Consumer, rowsTo } from "../consumer.ts"
import type { Member } from "../family.ts"
import { NewestBook, readNewestFirst } from "../newest-first.ts"
import { finished, type Run } from "../run.ts"
import { requestsFor } from "./requests.ts"

/** Only rows at or after a mark. */
const fromMark = (consumer: Consumer, mark: number | undefined): Consumer =>
  mark === undefined
    ? consumer
    : {
        ...consumer,
        take: (page, rows, done) =>
          consumer.take(
            page,
            rows.filter((row) => !(page.seconds(row) < mark)),
            done
          )
      }

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
    let reading: number | undefined
    if (book !== undefined && changes.wholeEveryMs !== undefined && book.upward === undefined) {
      const now = yield* run.serverSeconds
      if (book.mark !== undefined && book.whole !== undefined && (now - book.whole) * 1000 >= changes.wholeEveryMs)
        reading = now
      else book.whole ??= now
    }
    const marks = [
      ...(book === undefined ? [] : [reading !== undefined || book.upward !== undefined ? start : later(book.mark)]),
      ...runs.map(({ book: childBook }) => later(childBook.mark(root.name)))
    ]
    const threshold = marks.some((mark) => mark === undefined) ? undefined : Math.min(...(marks as Array<number>))
    const goesUp = book !== undefined && changes.ascending !== undefined && threshold === undefined
    const consumers = [
      ...(self === undefined || book === undefined
        ? []
        : [
            fromMark(rowsTo(self.outlet), reading === undefined && book.upward === undefined ? later(book.mark) : start)
          ]),
      ...runs.map(({ consumer, book: childBook }) => fromMark(consumer, later(childBook.mark(root.name))))
    ]
    const mark = yield* readNewestFirst({
      requests: requestsFor(run, member),
      consumers,
      threshold,
      ...(goesUp &&
        self !== undefined && {
          upward: { book, checkpoint: Effect.suspend(() => self.outlet.checkpoint(book.state())) }
        })
    })
    for (const { book: childBook } of runs) {
      const before = childBook.mark(root.name)
      if (mark !== undefined) childBook.marks.set(root.name, Math.max(mark, before ?? mark))
    }
    if (self === undefined || book === undefined) return
    const before = book.mark
    if (mark !== undefined) book.mark = Math.max(mark, before ?? mark)
    book.upward = undefined
    if (reading !== undefined) book.whole = reading
    const text = (seconds: number | undefined) => (seconds === undefined ? undefined : cursorText(root, seconds))
    self.outlet.marks(text(before), text(book.mark))
    yield* self.outlet.checkpoint(finished(self, book.state()))
    yield* self.outlet.end()
  })
