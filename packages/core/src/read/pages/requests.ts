/**
 * Requests for one stream, and what is done where one leads nowhere:
 *
 *   optional fields are refused ──────────────▶ asked without those bound to a plan, then without any
 *   the page leaves a doubt ──────────────────▶ asked once more; what is still not understood is an error
 *   a place that a state remembers is refused ▶ asked without the place
 */
import { Effect } from "effect"
import type { Debug } from "../../debug.ts"
import type { Path, Query, SourceStream } from "../../declare/stream.ts"
import { type ReadError, SystemError } from "../../errors.ts"
import type { RefusedError, Transport } from "../../http/client.ts"
import { mayBeAbout } from "../../http/statuses.ts"
import { isPaged } from "../../page/following.ts"
import { getPage, type Page, type PageRequest } from "../../page/page.ts"
import { isEmptyPage, stuck } from "./advance.ts"

/** Which optional fields are still asked for. */
export type IncludeLevel = "all" | "always" | "none"

interface RequestsOptions {
  readonly transport: Transport
  readonly stream: SourceStream
  readonly wanted: ReadonlyArray<string>
  readonly sent: (tokens: number) => void
  /** Tries of a request, where they are to be fewer than usual. */
  readonly tries?: number
  readonly include?: IncludeLevel
  /** Whether `data` of `null` is no answer to any request. */
  readonly isStrict?: boolean
  /** Told when the API would not give the optional fields that were asked for. */
  readonly refused?: (level: IncludeLevel, text: string) => Effect.Effect<void>
}

interface PageOptions {
  /** The page before promised rows: an answer without any data is then damaged. */
  readonly promised?: boolean
  /** Rows to ask for, where not as many as the endpoint gives. */
  readonly limit?: number
  /** Milliseconds for all tries, where they are to be fewer than usual. */
  readonly totalMs?: number
  /** Whether `data` of `null` is no answer. */
  readonly isStrict?: boolean
  /** Whether a page cursor has been followed before. */
  readonly isKnown?: (cursor: string) => boolean
}

/** A page that was asked for at a place that a state remembers. */
export interface Resumed {
  readonly page: Page
  /** Whether it is the page at the place remembered. */
  readonly isThere: boolean
}

/** How long a page at a place that a state remembers is asked for, all tries and waits included. */
const MAX_RESUME_MS = 180_000

/** Whether the place a page was asked for at may be to blame: not where the credentials or a limit are. */
const mayBeThePlace = (error: ReadError | RefusedError): boolean => {
  switch (error._tag) {
    case "ConfigError":
      return false
    case "TransientError":
      return error.quotaResetMs === undefined
    case "RefusedError":
      return mayBeAbout("place", error)
    case "SystemError":
      return true
  }
}

const notUnderstood = (stream: string, words: string): SystemError =>
  new SystemError({
    message: `Stopped at ${stream}: what Pipedrive says of further pages is not understood (${words}), so rows may be missing. What has been read is kept. Please report this to the maintainers of the source.`,
    answered: `what Pipedrive says of further pages is not understood: ${words}`
  })

/** The path with the parent's key in its place. */
export const pathOf = (path: Path, key?: string): Path =>
  key === undefined ? path : (path.replace("{id}", encodeURIComponent(key)) as Path)

/** Requests for one stream: its fixed parameters, its optional fields, and what to do when those are refused. */
export class Requests {
  readonly #options: RequestsOptions
  #include: IncludeLevel

  constructor(options: RequestsOptions) {
    this.#options = options
    this.#include = options.include ?? "all"
  }

  get stream(): SourceStream {
    return this.#options.stream
  }

  /** Takes a line for the debug log. */
  get debug(): Debug {
    return this.#options.transport.debug
  }

  get include(): IncludeLevel {
    return this.#include
  }

  #fields(): ReadonlyArray<string> {
    const { includeFields } = this.#options.stream
    if (includeFields === undefined || this.#include === "none") return []
    return this.#include === "all"
      ? [...includeFields.always, ...(includeFields.planBound ?? [])]
      : includeFields.always
  }

  #lower(): IncludeLevel {
    const planBound = this.#options.stream.includeFields?.planBound ?? []
    return this.#include === "all" && planBound.length > 0 ? "always" : "none"
  }

  /**
   * One page. One that leaves a doubt is asked for once more: it is empty and names a next one, names one that has been
   * read, or says of the page after it nothing that is understood. What the second answer says holds.
   *
   * @param ask parameters of this request alone; `limit` is added where the endpoint pages
   */
  page(path: Path, ask: Query, options: PageOptions = {}): Effect.Effect<Page, ReadError | RefusedError> {
    const asking = this.#ask(path, ask, options)
    return Effect.flatMap(asking, (first) =>
      this.#doubt(first, options) === undefined
        ? Effect.succeed(first)
        : Effect.flatMap(asking, (second) => {
            const doubt = this.#doubt(second, options)
            return doubt === undefined || doubt === "empty" ? Effect.succeed(second) : Effect.fail(doubt)
          })
    )
  }

  /**
   * The page at a place that a state remembers: a page cursor or an offset. Such a place is a hint; where it cannot be
   * read, the list is read without it, and an error is that of the request without.
   *
   * @param place all parameters with the place
   * @param without all parameters without it
   */
  resume(
    path: Path,
    place: Query,
    without: Query,
    options: PageOptions = {}
  ): Effect.Effect<Resumed, ReadError | RefusedError> {
    return this.page(path, place, { ...options, totalMs: MAX_RESUME_MS }).pipe(
      Effect.map((page) => ({ page, isThere: true })),
      Effect.catchIf(mayBeThePlace, () =>
        Effect.map(this.page(path, without, options), (page) => ({ page, isThere: false }))
      )
    )
  }

  #doubt(page: Page, { isKnown, promised }: PageOptions): "empty" | SystemError | undefined {
    const { following } = page
    const { name, paging } = this.stream
    switch (following._tag) {
      case "End":
        return undefined
      case "Next":
        if (following.cursor !== undefined && isKnown?.(following.cursor) === true) return stuck(name)
        return isEmptyPage(page) ? "empty" : undefined
      case "Unsaid":
        return isPaged(paging) || promised === true ? notUnderstood(name, following.words) : undefined
      case "Unclear":
        return notUnderstood(name, following.words)
    }
  }

  #ask(path: Path, ask: Query, options: PageOptions): Effect.Effect<Page, ReadError | RefusedError> {
    return Effect.suspend(() => {
      const { stream } = this.#options
      const { promised = false, isStrict = this.#options.isStrict === true, limit, totalMs } = options
      const fields = this.#fields()
      const rows = stream.paging.kind === "single" ? undefined : (limit ?? stream.paging.limit)
      const query: Query = {
        ...stream.query,
        ...(fields.length > 0 && { include_fields: fields.join(",") }),
        ...(rows !== undefined && { limit: String(rows) }),
        ...ask
      }
      // With both a page cursor and optional fields, the cursor is the first to go: whoever asks begins again without it.
      const mayBeTheFields = (error: ReadError | RefusedError): error is RefusedError =>
        error._tag === "RefusedError" &&
        mayBeAbout("parameters", error) &&
        fields.length > 0 &&
        ask["cursor"] === undefined
      const asked: PageRequest = {
        path,
        query,
        promised,
        ...(isStrict && { isStrict }),
        ...(rows !== undefined && { limit: rows }),
        ...(totalMs !== undefined && { totalMs })
      }
      return getPage(this.#options, asked).pipe(
        Effect.catchIf(mayBeTheFields, (error) => {
          this.#include = this.#lower()
          const told = this.#options.refused?.(this.#include, error.text) ?? Effect.void
          return Effect.andThen(told, this.#ask(path, ask, options))
        })
      )
    })
  }
}
