import { Clock, Effect } from "effect"
import { cursorText } from "../../cursor.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../transport.ts"
import { SinceBook } from "../book.ts"
import type { ChildRun } from "../child-run.ts"
import { rowsTo } from "../consumer.ts"
import type { Member } from "../family.ts"
import { finished, type Run } from "../run.ts"
import { type Reader, readSince } from "../since.ts"
import { requestsFor } from "./requests.ts"

const dueSince = (
  run: Run,
  last: number | undefined,
  everyMs: number | undefined
): Effect.Effect<boolean, ReadError> =>
  everyMs === undefined || last === undefined
    ? Effect.succeed(everyMs !== undefined && last === undefined)
    : Effect.map(run.serverSeconds, (now) => (now - last) * 1000 >= everyMs)

/** A list read by update time, with all who take from it. */
export const sinceMember = (
  run: Run,
  member: Member,
  runs: ReadonlyArray<ChildRun>
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { root, self } = member
    const start = run.config.startDate
    const book = self === undefined ? undefined : new SinceBook(root, self.stated, start)
    const nowSeconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const everyMs = root.changes?.kind === "since" ? root.changes.wholeEveryMs : undefined
    let began: number | undefined
    if (book !== undefined && everyMs !== undefined && book.reading === undefined) {
      if (book.ledger.mark !== undefined && book.whole !== undefined && book.ledger.unfinished.size === 1) {
        if (yield* dueSince(run, book.whole, everyMs)) book.readWhole(yield* run.serverSeconds, start)
      }
      began = book.whole === undefined ? nowSeconds : undefined
    }
    const requests = requestsFor(run, member, book?.includeLevel(nowSeconds), (level) => {
      if (book !== undefined && level !== "all") book.include = { level, at: nowSeconds }
    })
    const readers: Array<Reader> = []
    if (self !== undefined && book !== undefined) {
      readers.push({
        consumer: rowsTo(self.outlet),
        ledger: () => book.ledger,
        rebase: (ledger) => {
          book.ledger = ledger
        },
        checkpoint: Effect.suspend(() => self.outlet.checkpoint(book.state()))
      })
    }
    const remembersRead =
      self === undefined && root.changes?.kind === "since" && root.changes.freshnessForChildrenMs !== undefined
    for (const { book: childBook, consumer, selected } of runs) {
      childBook.beginRead(root.name)
      readers.push({
        consumer,
        ledger: () => childBook.ledger(root.name),
        rebase: (ledger) => childBook.rebase(root.name, ledger),
        checkpoint: Effect.suspend(() => selected.outlet.progress(childBook.state())),
        through: childBook.through(root.name),
        ...(remembersRead && { finished: (seconds: number) => childBook.endRead(root.name, seconds) })
      })
    }
    const { gate } = run.transport
    yield* readSince({ requests, readers, workers: run.config.workers, idle: () => gate.idle })
    if (self === undefined || book === undefined) return
    if (everyMs !== undefined) {
      book.whole = book.reading ?? book.whole ?? began
      book.reading = undefined
    }
    const { mark } = book.ledger
    self.outlet.marks(
      self.stated.mark === undefined ? undefined : cursorText(root, self.stated.mark),
      mark === undefined ? undefined : cursorText(root, mark)
    )
    yield* self.outlet.checkpoint(finished(self, book.state()))
    yield* self.outlet.end()
  })
