import type { Plugin } from "@pipedrive-source/core"
import type { JsonObject, Source } from "@pipedrive-source/core/reader"
import { expect, it } from "vitest"
import { large, small, type World } from "../company.ts"
import { SEED, timesOr } from "../depth.ts"
import { costOf } from "../endpoints.ts"
import { latest, momentOf } from "../moments.ts"
import { random } from "../random.ts"
import { differences, invented, lost } from "../rows.ts"
import { type Line, run, statesAfter } from "../run.ts"
import { sentBy, type TrueRow, truthOf } from "../truth.ts"
import { expectNone } from "./none.ts"

/** All streams of a plugin in one read, which then share the lists of their parents. */
export const togetherTests = (source: Source, plugin: Plugin, world: World): void => {
  const streams = plugin.streams.map(({ name }) => name)

  it("reads every row of all streams, each list once", async () => {
    const { emulator } = await large(world)
    const reading = await run({ source, emulator, streams, mode: "incremental" })
    const problems = plugin.streams.flatMap((stream) => {
      const truth = truthOf(emulator, source, stream)
      const last = latest(source, stream, truth)
      const mayRepeat = (row: TrueRow) => world.switches.nulls === "last" && momentOf(source, stream, row) === last
      return differences(stream, sentBy(stream, reading.lines), truth, mayRepeat)
    })
    expectNone(problems)
    const summaries = [...reading.ended.values()]
    expect(summaries.filter(({ error }) => error !== undefined)).toEqual([])
    const declared = summaries.reduce((tokens, { summary }) => tokens + summary.tokens, 0)
    // The reader may ask who it is to learn the server's time: that is no stream's request.
    const isAsked = plugin.streams.some(({ path }) => path === "v1/users/me")
    const own = reading.requests.filter(({ path }) => isAsked || path !== "v1/users/me")
    expect(declared).toBe(costOf(own))
  })

  it("goes on with all streams where they were stopped", async () => {
    const { emulator, pass } = await small(world, { maxPageSize: 4, switches: { installmentsPaged: true } })
    const truths = new Map(plugin.streams.map((stream) => [stream, truthOf(emulator, source, stream)]))
    const whole = await run({ source, emulator, streams, mode: "incremental" })
    const chance = random(SEED + 10)
    const times = timesOr(4)
    for (let time = 0; time < times; time++) {
      let states: ReadonlyMap<string, JsonObject> = new Map()
      const lines: Array<Line> = []
      const stops = [1 + chance.below(whole.requests.length), 1 + chance.below(whole.requests.length)]
      for (const atRequest of [...stops, undefined]) {
        const reading = await run({
          source,
          emulator,
          streams,
          mode: "incremental",
          states,
          ...(atRequest !== undefined && { stop: { atRequest } })
        })
        states = statesAfter(states, reading)
        lines.push(...reading.lines)
        pass(120_000)
      }
      const problems = [...truths].flatMap(([stream, truth]) => {
        const sent = sentBy(stream, lines)
        return [...lost(stream, sent, truth), ...invented(stream, sent, truth)]
      })
      expectNone(problems, `stopped at requests ${stops.join(" and ")}`)
    }
  })

  it("ends at once when it is interrupted, even if no answer ever comes", async () => {
    const { emulator } = await small(world, { maxPageSize: 2, switches: { installmentsPaged: true } })
    const whole = await run({ source, emulator, streams, mode: "incremental" })
    const step = Math.ceil(whole.requests.length / 8)
    for (let atRequest = 1; atRequest <= whole.requests.length; atRequest += step) {
      await run({ source, emulator, streams, mode: "incremental", stop: { atRequest, hanging: true } })
    }
  })
}
