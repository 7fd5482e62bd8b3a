import type { SourceStream } from "@pipedrive-source/core"
import type { JsonObject, Mode, Source } from "@pipedrive-source/core/reader"
import { it } from "vitest"
import { small, type World } from "../company.ts"
import { SEED, timesOr } from "../depth.ts"
import { random } from "../random.ts"
import { comeAgain, mayComeAgain } from "../resume.ts"
import { invented, lost } from "../rows.ts"
import { run, type Stop, statesAfter } from "../run.ts"
import { type Sent, sentBy, truthOf } from "../truth.ts"
import { expectNone } from "./none.ts"

/** Stops that are tried at most, of each kind. */
const MOST = timesOr(5)

const some = (count: number, seed: number): ReadonlyArray<number> => {
  const all = Array.from({ length: count }, (_, at) => at + 1)
  const chance = random(seed)
  while (all.length > MOST) all.splice(chance.below(all.length), 1)
  return all
}

/** Reads that are stopped and go on. */
export const resumeTests = (source: Source, stream: SourceStream, world: World): void => {
  it.each([2, 500])("goes on where it was stopped, %i rows a page", async (pageRows) => {
    const { emulator, pass } = await small(world, { maxPageSize: pageRows, switches: { installmentsPaged: true } })
    const truth = truthOf(emulator, source, stream)
    const whole = await run({ source, emulator, streams: [stream.name], mode: "incremental" })
    const stops: ReadonlyArray<Stop> = [
      ...some(whole.requests.length, SEED).map((atRequest) => ({ atRequest })),
      ...some(whole.events, SEED + 1).map((afterEvents) => ({ afterEvents }))
    ]
    const chance = random(SEED + 2)
    const cursorsExpire = Number.isFinite(world.switches.cursorExpiryMs ?? Number.POSITIVE_INFINITY)
    const most = mayComeAgain(source, stream, truth, { pageRows, workers: 3, cursorsExpire })
    const problems: Array<string> = []
    for (const [at, stop] of stops.entries()) {
      const mode: Mode = at % 3 === 2 ? "full_refresh" : "incremental"
      const name = `stopped ${JSON.stringify(stop)}, ${mode}`
      let states: ReadonlyMap<string, JsonObject> = new Map()
      let sent: ReadonlyArray<Sent> = []
      // Every third read is stopped a second time.
      const second = at % 3 === 0 ? [{ atRequest: 1 + chance.below(whole.requests.length) }] : []
      for (const each of [stop, ...second, undefined]) {
        const reading = await run({
          source,
          emulator,
          streams: [stream.name],
          mode,
          states,
          ...(each !== undefined && { stop: each })
        })
        const lines = sentBy(stream, reading.lines)
        const again = comeAgain(sent, lines).length
        if (again > most)
          problems.push(
            `${name}: ${again} rows came again, ${most} may, after ${JSON.stringify(states.get(stream.name))}`
          )
        sent = [...sent, ...lines]
        states = statesAfter(states, reading)
        pass(120_000)
        const error = reading.ended.get(stream.name)?.error
        if (error !== undefined) problems.push(`${name}: ${error.message}`)
      }
      for (const problem of [...lost(stream, sent, truth), ...invented(stream, sent, truth)])
        problems.push(`${name}: ${problem}`)
    }
    expectNone(problems)
  })
}
