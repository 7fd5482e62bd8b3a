/**
 * Reads a list from its newest row down to a watermark. The list is sorted by update time, descending, and cannot be
 * filtered: rows that change meanwhile come to its front.
 */
import { Effect } from "effect"
import type { Path, Query } from "../../declare/stream.ts"
import type { ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import { everyRow, type Page, safeWatermarkAt } from "../../page/page.ts"
import { Advance, stuck } from "../pages/advance.ts"
import { PageOverlap } from "../pages/overlap.ts"
import type { Requests } from "../pages/requests.ts"

interface DownwardOptions {
  readonly requests: Requests
  readonly path: Path
  readonly asked: Query
  /** Epoch second at which to stop: rows older than it are not wanted. */
  readonly until: number | undefined
  readonly give: (page: Page, rows: ReadonlyArray<number>) => Effect.Effect<void, ReadError>
}

/** Keys and contents of a page's rows, in order. */
const contentOf = (page: Page): string =>
  everyRow(page)
    .map((row) => `${page.key(row)} ${page.hash(row)}`)
    .join("\n")

/**
 * Reads a list once from its newest row down.
 *
 * @returns how many requests it took, and the safe watermark of its first page
 */
export const readDownward = ({
  asked,
  give,
  path,
  requests,
  until
}: DownwardOptions): Effect.Effect<
  { readonly requestsMade: number; readonly began: number },
  ReadError | RefusedError
> =>
  Effect.gen(function* () {
    const { name, paging } = requests.stream
    const isUndeclared = paging.kind === "offset" && !paging.declared
    const overlap = new PageOverlap()
    let advance = new Advance(name)
    /** The first page as it was when the read, or the latest look at it, began. */
    let front = ""
    let requestsMade = 0
    let began: number | undefined
    let seen = new Set<string>()
    for (;;) {
      const page: Page = yield* requests.page(path, { ...asked, ...overlap.query })
      requestsMade++
      began ??= safeWatermarkAt(page)
      if (page.count === 0 && page.following._tag === "Next") {
        const standstill = advance.saw(page, false, overlap.start)
        if (standstill !== undefined) return yield* standstill
        overlap.skip(page)
        continue
      }
      const keys = everyRow(page).map((row) => page.key(row))
      if (!overlap.fits(keys[0] !== undefined && seen.has(keys[0]), page.count)) {
        if (overlap.isLost) return yield* stuck(name)
        continue
      }
      const rows = everyRow(page).filter((row) => !(until !== undefined && page.seconds(row) < until))
      const unseen = rows.filter((row) => !seen.has(keys[row] as string))
      if (overlap.start === 0) {
        seen = new Set()
        front = contentOf(page)
      }
      for (const key of keys) seen.add(key)
      yield* give(page, unseen)
      const crossed = rows.length < page.count
      const goesOn = page.following._tag === "Next" || (isUndeclared && overlap.goesOn(page.count, unseen.length))
      if (crossed || !goesOn) return { requestsMade, began }
      const standstill = advance.saw(page, unseen.length > 0, overlap.start)
      if (standstill !== undefined) {
        // Rows that are edited meanwhile jump to the front and push known ones under the offset.
        const now = contentOf(yield* requests.page(path, asked))
        requestsMade++
        if (now === front) return yield* standstill
        front = now
        advance = new Advance(name)
      }
      overlap.pass(page.count)
    }
  })
