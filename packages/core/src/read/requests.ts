import { Effect } from "effect"
import type { Debug } from "../debug.ts"
import type { ReadError } from "../errors.ts"
import type { Path, Query, SourceStream } from "../stream.ts"
import type { RefusedError, Transport } from "../transport.ts"
import { getPage, type Page } from "./page.ts"

/** Which optional fields are still asked for. */
export type IncludeLevel = "all" | "always" | "none"

interface RequestsOptions {
  readonly transport: Transport
  readonly stream: SourceStream
  readonly wanted: ReadonlyArray<string>
  readonly sent: (tokens: number) => void
  readonly include?: IncludeLevel
  /** Told when the API would not give the optional fields that were asked for. */
  readonly refused?: (level: IncludeLevel, text: string) => Effect.Effect<void>
}

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
   * One page.
   *
   * @param ask parameters of this request alone; `limit` is added where the endpoint pages
   */
  page(
    path: Path,
    ask: Query,
    { promised = false, limit }: { readonly promised?: boolean; readonly limit?: number } = {}
  ): Effect.Effect<Page, ReadError | RefusedError> {
    return Effect.suspend(() => {
      const { stream } = this.#options
      const fields = this.#fields()
      const rows = stream.paging.kind === "single" ? undefined : (limit ?? stream.paging.limit)
      const query: Query = {
        ...stream.query,
        ...(fields.length > 0 && { include_fields: fields.join(",") }),
        ...(rows !== undefined && { limit: String(rows) }),
        ...ask
      }
      return getPage(this.#options, { path, query, promised, ...(rows !== undefined && { limit: rows }) }).pipe(
        Effect.catchIf(
          (error) =>
            error._tag === "RefusedError" &&
            error.status === 400 &&
            fields.length > 0 &&
            (ask["cursor"] === undefined || !/cursor/i.test(error.text)),
          (error) => {
            this.#include = this.#lower()
            const told = this.#options.refused?.(this.#include, "text" in error ? error.text : "") ?? Effect.void
            return Effect.andThen(told, this.page(path, ask, { promised, ...(limit !== undefined && { limit }) }))
          }
        )
      )
    })
  }
}
