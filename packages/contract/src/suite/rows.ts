import { type SourceStream, toggles, withOptions } from "@pipedrive-source/core"
import type { Source } from "@pipedrive-source/core/reader"
import type { LoggedRequest } from "pipedrive-emulator"
import { expect, it } from "vitest"
import { large, small, type World } from "../company.ts"
import { chargedFor, costOf } from "../endpoints.ts"
import { latest, momentOf } from "../moments.ts"
import { differences, wrongAddedKeys } from "../rows.ts"
import { run } from "../run.ts"
import { sentBy, type TrueRow, truthOf } from "../truth.ts"
import { missingKeys, wrongTypes } from "../types.ts"
import { expectNone } from "./none.ts"

/** The reader may ask who it is to learn the server's time: that is no stream's request. */
const isOwn = (stream: SourceStream, { path }: LoggedRequest): boolean =>
  path !== "v1/users/me" || stream.path === "v1/users/me"

/**
 * Where rows without a time are listed last, the tail is read once more from the last second: what stands in it comes
 * twice.
 */
const inTail = (source: Source, stream: SourceStream, truth: ReadonlyArray<TrueRow>, { switches }: World) => {
  const last = latest(source, stream, truth)
  return (row: TrueRow): boolean => switches.nulls === "last" && momentOf(source, stream, row) === last
}

/** Full reads of a list nobody changes. */
export const rowTests = (source: Source, stream: SourceStream, world: World): void => {
  it("reads every row, with its key and values of the declared types, for the tokens it says", async () => {
    const { emulator } = await large(world)
    const truth = truthOf(emulator, source, stream)
    expect(truth.length).toBeGreaterThan(0)
    const reading = await run({ source, emulator, streams: [stream.name], mode: "full_refresh" })
    const { error, summary } = reading.ended.get(stream.name) ?? {}
    expect(error).toBeUndefined()
    const sent = sentBy(stream, reading.lines)
    expectNone(differences(stream, sent, truth, inTail(source, stream, truth, world)))
    expectNone(wrongTypes(stream, sent))
    expectNone(missingKeys(stream, sent))
    expectNone(wrongAddedKeys(stream, sent, truth))
    const own = reading.requests.filter((request) => isOwn(stream, request))
    expect(summary).toMatchObject({ rows: sent.length, requests: own.length, tokens: costOf(own) })
    const answered = own.filter(({ status }) => status === 200)
    expect(chargedFor(answered)).toBe(costOf(answered))
  })

  it.each(toggles.filter((option) => stream.optionalQuery?.[option] !== undefined))(
    "reads every row with %s on, for the same tokens",
    async (option) => {
      const { emulator } = await small(world)
      const truth = truthOf(emulator, source, withOptions(stream, new Set([option])))
      expect(truth.map(({ text }) => text)).not.toEqual(truthOf(emulator, source, stream).map(({ text }) => text))
      const asked = { source, emulator, streams: [stream.name], mode: "full_refresh" } as const
      const reading = await run({ ...asked, config: { [option]: true } })
      expect(reading.ended.get(stream.name)?.error).toBeUndefined()
      const sent = sentBy(stream, reading.lines)
      expectNone(differences(stream, sent, truth, inTail(source, stream, truth, world)))
      expectNone(wrongTypes(stream, sent))
      const without = await run(asked)
      expect(costOf(reading.requests)).toBe(costOf(without.requests))
    }
  )

  it.each([1, 2])("reads every row, %i a page", async (maxPageSize) => {
    // A list that does not say whether it goes on cannot be told from one that ends.
    const switches = { installmentsPaged: true }
    const { emulator } = await small(world, { maxPageSize, switches, shape: maxPageSize === 2 ? "oneSecond" : "even" })
    const truth = truthOf(emulator, source, stream)
    expect(truth.length).toBeGreaterThan(0)
    const reading = await run({ source, emulator, streams: [stream.name], mode: "full_refresh" })
    expect(reading.ended.get(stream.name)?.error).toBeUndefined()
    const sent = sentBy(stream, reading.lines)
    expectNone(differences(stream, sent, truth, inTail(source, stream, truth, world)))
  })
}
