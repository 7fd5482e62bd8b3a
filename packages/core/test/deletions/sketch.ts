import { Clock, Effect } from "effect"
import { bytesOf, textOf } from "../../src/page/text.ts"
import type { History, Reader } from "./history.ts"
import type { Server } from "./server.ts"

/** Rules that a sketch may leave out, each of which keeps a destination right. */
export interface Rules {
  /** Ids stand in a state before their rows are sent. */
  readonly namesFirst: boolean
  /** Nothing is gone before it was asked for, a minute after the list. */
  readonly asksAgain: boolean
}

interface Page {
  readonly data: ReadonlyArray<{ readonly id: number; readonly update_time: string | null }>
  readonly additional_data: { readonly next_cursor: string | null }
}

const never = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} }
const bounds = { headersMs: 0, idleMs: 0, totalMs: 0, maxBodyBytes: 0 }
const stream = "persons"

/** The ids that may be in a destination, and those that may not be alive, in one run. */
class Sets {
  readonly known: Set<number>
  readonly doubt: Set<number>

  constructor(history: History, tracked: boolean) {
    const kept = tracked ? history.states.get(stream)?.["sketch"] : undefined
    const { doubt, known } = (kept ?? { known: [], doubt: [] }) as { readonly [name: string]: ReadonlyArray<number> }
    this.known = new Set(known)
    this.doubt = new Set(doubt)
  }

  /** A state for the next run. */
  get state() {
    return { update_time: null, sketch: { known: [...this.known], doubt: [...this.doubt] } }
  }

  sent(id: number): void {
    this.known.add(id)
    this.doubt.delete(id)
  }
}

/**
 * The rules of deletions on one page: a reader of persons that reads its whole list in every run. It shows that the
 * checks of histories hold for a reader that keeps the rules, and see where one does not.
 */
export const sketch =
  ({ asksAgain, namesFirst }: Rules) =>
  (history: History, server: Server): Reader =>
  ({ startDate = "", tracked }, emit) => {
    const sets = new Sets(history, tracked)
    let serverMs = 0

    const checkpoint = Effect.suspend(() =>
      emit({ _tag: "Checkpoint", stream, state: tracked ? sets.state : { update_time: null } })
    )
    const get = (query: { readonly [parameter: string]: string }) =>
      Effect.map(
        Effect.promise(() => {
          const url = `https://api.pipedrive.com/api/v2/persons?${new URLSearchParams({ sort_by: "id", ...query })}`
          return server.send({ method: "GET", url, headers: {} }, bounds, never)
        }),
        ({ body, header, status }) => {
          serverMs = Date.parse(header("date") ?? "")
          return status === 200 ? (JSON.parse(textOf(body)) as Page) : undefined
        }
      )
    const write = (rows: ReadonlyArray<object>): Effect.Effect<void> => {
      if (rows.length === 0) return Effect.void
      const texts = rows.map((row) => JSON.stringify(row))
      const ends = texts.map((_, at) => texts.slice(0, at + 1).join("").length)
      const spans = ends.flatMap((end, at) => [ends[at - 1] ?? 0, end])
      return emit({ _tag: "Records", stream, rows: { bytes: bytesOf(texts.join("")), spans } })
    }
    const send = (rows: Page["data"]) =>
      Effect.gen(function* () {
        const unnamed = rows.filter(({ id }) => !sets.known.has(id) && !sets.doubt.has(id))
        if (namesFirst && unnamed.length > 0) {
          for (const { id } of unnamed) sets.doubt.add(id)
          yield* checkpoint
        }
        yield* write(rows)
        for (const { id } of rows) sets.sent(id)
        yield* checkpoint
      })

    /** Sends the whole list. @returns the ids that it lacks; undefined where it was not read to its end */
    const list = Effect.gen(function* () {
      const missing = new Set([...sets.known, ...sets.doubt])
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page: Page | undefined = yield* get({ limit: "4", ...(cursor !== "" && { cursor }) })
        if (page === undefined) return undefined
        for (const { id } of page.data) missing.delete(id)
        yield* send(page.data.filter((row) => startDate === "" || (row.update_time ?? "") >= startDate))
        cursor = page.additional_data.next_cursor
      }
      return [...missing]
    })

    const tombstones = (ids: ReadonlyArray<number>, listedMs: number): Effect.Effect<void> =>
      write(
        ids.map((id) => ({
          id,
          update_time: `${new Date(listedMs).toISOString().slice(0, 19)}Z`,
          _ab_cdc_deleted_at: new Date(listedMs).toISOString()
        }))
      )

    return Effect.gen(function* () {
      const missing = yield* list
      if (missing === undefined || !tracked) return
      const listedMs = serverMs
      for (const id of missing) {
        sets.known.delete(id)
        sets.doubt.add(id)
      }
      yield* checkpoint
      if (asksAgain) yield* Effect.sleep(Math.max(0, listedMs + 60_000 - (yield* Clock.currentTimeMillis)))
      const doubt = [...sets.doubt].slice(0, 100)
      if (doubt.length === 0) return
      const answer = asksAgain ? yield* get({ ids: doubt.join(","), limit: "500" }) : { data: [] }
      if (answer === undefined) return
      yield* send(answer.data)
      const gone = doubt.filter((id) => sets.doubt.has(id))
      yield* tombstones(gone, listedMs)
      for (const id of gone) sets.doubt.delete(id)
      yield* checkpoint
    })
  }
