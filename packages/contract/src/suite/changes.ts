import type { SourceStream } from "@pipedrive-source/core"
import type { JsonObject, Source } from "@pipedrive-source/core/reader"
import { describe, expect, it } from "vitest"
import { dueAfter, unsettle, wrongAfter } from "../changes.ts"
import { type Company, small, type World } from "../company.ts"
import { freshnessOf, markOf } from "../moments.ts"
import { random } from "../random.ts"
import { lost } from "../rows.ts"
import { type Reading, run, statesAfter } from "../run.ts"
import { sentBy, truthOf } from "../truth.ts"
import { expectNone } from "./none.ts"

const HOUR_MS = 3_600_000

/** Reads that go on from the state of the one before. */
export const changeTests = (source: Source, stream: SourceStream, world: World): void => {
  if (stream.changes === undefined) return
  const { changes } = stream
  const streams = [stream.name]

  const firstRead = async (): Promise<{
    readonly company: Company
    readonly states: ReadonlyMap<string, JsonObject>
    readonly read: (states: ReadonlyMap<string, JsonObject>) => Promise<Reading>
  }> => {
    const company = await small(world, { maxPageSize: 4, switches: { installmentsPaged: true } })
    const { emulator } = company
    const read = async (states: ReadonlyMap<string, JsonObject>): Promise<Reading> => {
      const reading = await run({ source, emulator, streams, mode: "incremental", states })
      expect(reading.ended.get(stream.name)?.error).toBeUndefined()
      return reading
    }
    const { lines, states } = await read(new Map())
    expectNone(lost(stream, sentBy(stream, lines), truthOf(emulator, source, stream)))
    return { company, states, read }
  }

  describe("incremental", () => {
    it("says so when nothing has changed", async () => {
      const { company, states, read } = await firstRead()
      const freshnessMs = freshnessOf(source, stream)
      if (freshnessMs > 0) {
        company.pass(freshnessMs / 2)
        const reading = await read(states)
        expect(reading.requests.filter(({ path }) => path !== "v1/users/me")).toEqual([])
        expect(reading.lines).toEqual([])
        expect(statesAfter(states, reading)).toEqual(states)
        expect(reading.checkpoints.get(stream.name)).toBe(1)
      }
      company.pass(Math.max(freshnessMs, 300_000))
      const truth = truthOf(company.emulator, source, stream)
      const mark = markOf(stream, states.get(stream.name))
      const reading = await read(states)
      const due = dueAfter(source, stream, { before: truth, after: truth, mark, swept: false })
      expectNone(wrongAfter(stream, sentBy(stream, reading.lines), truth, due))
      const printed = reading.checkpoints.get(stream.name) ?? 0
      expect(printed).toBeGreaterThan(0)
      // One for each list of parents.
      if (reading.lines.length === 0) expect(printed).toBeLessThanOrEqual(stream.parents?.streams.length ?? 1)
    })

    it("brings what has changed, and little else", async () => {
      const { company, states: first, read } = await firstRead()
      const { emulator, pass } = company
      let states = first
      let before = truthOf(emulator, source, stream)
      const chance = random(7)
      const isSwept = changes.kind === "ofChangedParents" && changes.sweep !== "none"
      for (const round of isSwept ? ["parents", "swept"] : ["parents", "again"]) {
        pass(Math.max(round === "swept" ? 25 * HOUR_MS : 0, freshnessOf(source, stream), 300_000))
        const mark = markOf(stream, states.get(stream.name))
        unsettle(emulator, source, before, chance, { parents: round !== "swept" })
        pass(120_000)
        const after = truthOf(emulator, source, stream)
        const due = dueAfter(source, stream, { before, after, mark, swept: round === "swept" })
        // What is nothing but its key cannot change.
        const isKeyOnly = Object.keys(stream.columns).every((name) =>
          (stream.primaryKey as ReadonlyArray<string>).includes(name)
        )
        if (!isKeyOnly) expect(due.required.length, `${round}: what is due`).toBeGreaterThan(0)
        const reading = await read(states)
        expectNone(wrongAfter(stream, sentBy(stream, reading.lines), after, due), round)
        states = statesAfter(states, reading)
        before = after
      }
    })
  })
}
