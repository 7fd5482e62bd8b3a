/**
 * Rescans: a child stream's parents are read again though they did not change, as some changes of a child leave no
 * trace on its parent. A rescan begins a day after the last one began, and goes through all lists of parents at once,
 * or through as many parents a day as its allowance pays for:
 *
 *   never rescanned ──▶ rescanned at `swept` ──(a day later)──▶ began at `began`, now at `parent` · `cursor` · `at`
 *                               ▲                                               │
 *                               └───────────(all lists have ended)──────────────┘
 *
 * Where it has come to is kept in the stream's state (`_ab.sweep`). The stream's watermark is never touched.
 */
import { Effect } from "effect"
import type { SourceStream } from "../../declare/stream.ts"
import type { NotAvailableError, ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import type { Requests } from "../pages/requests.ts"
import type { ChildProgress } from "./progress.ts"
import { RescanAllowance } from "./rescan-allowance.ts"
import { ListRescan, type ParentList, type RescannedStream } from "./rescan-list.ts"

/** A rescan begins this long after the last one began. */
const EVERY_S = 86_400

/** Begins a rescan where one is due. A stream that has never been rescanned counts as rescanned now. */
export const beginRescan = (progress: ChildProgress, nowSeconds: number): boolean => {
  const { rescan } = progress
  if (rescan.began !== undefined) return true
  if (rescan.swept !== undefined && nowSeconds - rescan.swept >= EVERY_S) {
    progress.rescan = { ...rescan, began: nowSeconds }
    return true
  }
  if (rescan.swept === undefined) progress.rescan = { ...rescan, swept: nowSeconds }
  return false
}

/** Lists in which a stream's parents stand: each part of each parent stream, in order. */
const listsOf = (parents: ReadonlyArray<SourceStream>): ReadonlyArray<ParentList> =>
  parents.flatMap((list) =>
    (list.parts ?? [{}]).map((part, at) => ({
      list,
      part,
      name: list.parts === undefined ? list.name : `${list.name}#${at}`
    }))
  )

interface RescanOptions {
  readonly rescanned: RescannedStream
  readonly parents: ReadonlyArray<SourceStream>
  readonly requestsFor: (list: SourceStream) => Requests
  readonly nowSeconds: number
  /** Parents with an earlier update time, in epoch seconds, are skipped. */
  readonly start: number | undefined
  /** Tokens for today; undefined for a rescan that goes through at once. */
  readonly allowance: number | undefined
}

/** Goes on with a stream's rescan, from where the last run left off. */
export const rescan = (options: RescanOptions): Effect.Effect<void, ReadError | RefusedError | NotAvailableError> =>
  Effect.gen(function* () {
    const { rescanned, nowSeconds, start } = options
    const { progress, sink, stream } = rescanned
    const day = new Date(nowSeconds * 1000).toISOString().slice(0, 10)
    if (progress.rescan.day !== day) progress.rescan = { ...progress.rescan, day, spent: 0 }
    const allowance = new RescanAllowance(progress, stream.tokens, options.allowance)
    const lists = listsOf(options.parents)
    const first = Math.max(
      0,
      lists.findIndex(({ name }) => name === progress.rescan.parent)
    )
    for (const parents of lists.slice(first)) {
      const { list, name } = parents
      if (progress.rescan.parent !== name) {
        const { at: _at, cursor: _cursor, ...rest } = progress.rescan
        progress.rescan = { ...rest, parent: name }
      }
      const requests = options.requestsFor(list)
      yield* requests.debug(() => `${stream.name}: rescans the parents in ${name}`)
      if (!(yield* new ListRescan({ rescanned, parents, requests, allowance, start }).read())) return
      yield* sink.finish(Effect.void)
    }
    if (sink.emitter.ended) return
    const { began, day: today, spent } = progress.rescan
    progress.rescan = {
      ...(began !== undefined && { swept: began }),
      ...(options.allowance !== undefined && today !== undefined && { day: today, spent: spent ?? 0 })
    }
  })
