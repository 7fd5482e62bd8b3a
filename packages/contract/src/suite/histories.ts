import type { SourceStream } from "@pipedrive-source/core"
import type { JsonObject, Source } from "@pipedrive-source/core/reader"
import { it } from "vitest"
import { small, WORLDS } from "../company.ts"
import { SEED, timesOr } from "../depth.ts"
import { overlooked, stale, stayed, stir } from "../histories.ts"
import { freshnessOf } from "../moments.ts"
import { random } from "../random.ts"
import { run, type Stop, statesAfter } from "../run.ts"
import { type Sent, sentBy, streamIn, truthOf } from "../truth.ts"
import { expectNone } from "./none.ts"

// SPEC 1, 18

/** Histories of each stream; more where a mark decides what is read. */
const seedsOf = ({ changes }: SourceStream): ReadonlyArray<number> =>
  Array.from(
    { length: timesOr(changes?.kind === "since" || changes?.kind === "newestFirst" ? 10 : 3) },
    (_, at) => SEED + at
  )

/** Longer than a page may have to wait for its turn, shorter than the time until a stopped read goes on. */
const CURSORS_LIVE_MS = 600_000

/** An order that does not hold still is an end that says so, for a list that is read whole by offsets. */
const isRestless = (stream: SourceStream, message: string): boolean =>
  stream.paging.kind === "offset" && /kept changing its order/.test(message)

/** Reads while rows come, change and go. */
export const historyTests = (source: Source, stream: SourceStream): void => {
  // Such a list ends with a page that brings nothing new: more rows than a page holds must not come at once.
  const lists = [stream, ...(stream.parents?.streams ?? []).map((name) => streamIn(source, name))]
  const endsUnsaid = lists.some(({ paging }) => "declared" in paging && !paging.declared)
  it.each(seedsOf(stream))("misses no row while others come and go, history %i", async (seed) => {
    const chance = random(seed)
    const company = await small(chance.pick(WORLDS), {
      seed,
      maxPageSize: (endsUnsaid ? 9 : 3) + chance.below(3),
      shape: chance.pick(["even", "recent", "oneSecond", "denseDay"]),
      switches: { installmentsPaged: true, cursorExpiryMs: chance.once(2) ? CURSORS_LIVE_MS : Number.POSITIVE_INFINITY }
    })
    const { emulator, pass } = company
    const skewMs = chance.pick([0, -3_600_000, 3_600_000, 90_000])
    const mode = stream.changes === undefined ? "full_refresh" : "incremental"
    let states: ReadonlyMap<string, JsonObject> = new Map()
    let sent: ReadonlyArray<Sent> = []

    const read = async (stop?: Stop): Promise<ReadonlyArray<Sent>> => {
      const reading = await run({
        source,
        emulator,
        streams: [stream.name],
        mode,
        states,
        skewMs,
        ...(stop !== undefined && { stop })
      })
      states = statesAfter(states, reading)
      const lines = sentBy(stream, reading.lines)
      sent = [...sent, ...lines]
      const message = reading.ended.get(stream.name)?.error?.message
      if (message === undefined || (isStirred && isRestless(stream, message))) complete &&= message === undefined
      else expectNone([message])
      return lines
    }
    /** Changes between two requests, at most one less: a list read page by page is looked at seldom. */
    const busy = stream.parents === undefined ? 4 : 2
    let isStirred = false
    let complete = true

    /** A read under changes, stopped once or not, then a quiet one. */
    const round = async (first: boolean): Promise<void> => {
      const seen = [truthOf(emulator, source, stream)]
      let changes = 0
      isStirred = true
      complete = true
      const stopStirring = emulator.onRequest(({ path }) => {
        if (path === "v1/users/me") return
        pass(chance.below(20) * 1000)
        for (let left = chance.below(busy); left > 0 && changes < 60; left--) {
          changes++
          const rows = stir(company, source, stream, chance)
          if (rows !== undefined) seen.push(rows)
        }
      })
      const stop = chance.once(2) ? { atRequest: 2 + chance.below(12) } : undefined
      const lines = stop === undefined ? [] : await read(stop)
      if (stop !== undefined) pass(2 * CURSORS_LIVE_MS)
      const all = [...lines, ...(await read())]
      stopStirring()
      // What was written meanwhile and shows only now.
      for (let late = 0; late < 3; late++) stir(company, source, stream, chance)
      isStirred = false
      if ((first || mode === "full_refresh") && complete) {
        const keys = stayed([...seen, truthOf(emulator, source, stream)])
        expectNone(overlooked(stream, keys, all), "under changes")
      }
      pass(Math.max(freshnessOf(source, stream), 120_000))
      await read()
      if (stream.changes?.kind === "ofChangedParents") return
      expectNone(stale(stream, sent, truthOf(emulator, source, stream)), first ? "first" : "second")
    }

    await round(true)
    if (stream.changes === undefined) return
    pass(3_600_000)
    await round(false)
  })
}
