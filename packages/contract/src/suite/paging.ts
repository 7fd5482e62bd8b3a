import type { SourceStream } from "@pipedrive-source/core"
import type { JsonObject, Source } from "@pipedrive-source/core/reader"
import type { Emulator, FaultRule } from "pipedrive-emulator"
import { describe, expect, it } from "vitest"
import { small, WORLDS, type World } from "../company.ts"
import { IMPATIENT, pathsOf } from "../faults.ts"
import { invented, lost } from "../rows.ts"
import { type Reading, type RunOptions, run } from "../run.ts"
import { sentBy, truthOf } from "../truth.ts"
import { expectNone } from "./none.ts"

/** Words on further pages that no endpoint documents. */
const ODD_WORDS = ['{"next_cursor":12345}', '{"next_cursor":false}', '{"more_items_in_collection":1}']

/** Words of the other way of paging, which promise more rows. */
const foreignWords = ({ paging }: SourceStream): ReadonlyArray<string> => [
  ...(paging.kind === "cursor" ? [] : ['{"next_cursor":"abc"}']),
  ...(paging.kind === "offset" || paging.kind === "seek" ? [] : ['{"more_items_in_collection":true}'])
]

/**
 * Requests that a list which does not advance may take beyond those of the whole stream. Many parents are asked again in
 * halves, and ten that fail in a row end the stream. A page whose rows hold no element does not show whether the list
 * advances: a hundred of them do.
 */
const mostInVain = ({ elements, parents }: SourceStream): number =>
  elements !== undefined ? 112 : parents === undefined ? 12 : 80

/** The first page cursor or offset that a state remembers, as it is asked with. */
const placeIn = (state: JsonObject | undefined): { readonly [parameter: string]: string } | undefined => {
  const text = JSON.stringify(state ?? {})
  const cursor = /"cursor":("(?:[^"\\]|\\.)*")/.exec(text)?.[1]
  if (cursor !== undefined) return { cursor: JSON.parse(cursor) }
  const start = /"at":\{"start":(\d+)/.exec(text)?.[1]
  return start === undefined || start === "0" ? undefined : { start }
}

/** How pages follow each other. */
export const pagingTests = (source: Source, stream: SourceStream): void => {
  const { paging } = stream
  const path = pathsOf(stream)
  const mode = stream.changes === undefined ? "full_refresh" : "incremental"
  const read = (emulator: Emulator, more: Partial<RunOptions> = {}): Promise<Reading> =>
    run({ source, emulator, streams: [stream.name], mode, retryPolicy: IMPATIENT, ...more })
  const company = (world: World = WORLDS[0] as World) =>
    small(world, { maxPageSize: 3, switches: { installmentsPaged: true } })
  const errorOf = (reading: Reading) => reading.ended.get(stream.name)?.error
  const own = (reading: Reading) => reading.requests.filter((request) => path.test(request.path))
  const wrong = (emulator: Emulator, ...readings: ReadonlyArray<Reading>): ReadonlyArray<string> => {
    const truth = truthOf(emulator, source, stream)
    const sent = readings.flatMap(({ lines }) => sentBy(stream, lines))
    return [...lost(stream, sent, truth), ...invented(stream, sent, truth)]
  }

  describe("when pages follow each other in strange ways", () => {
    // Where an endpoint documents no words, its rows tell where it ends.
    const hasWords = paging.kind !== "offset" || paging.declared

    if (hasWords) {
      it("asks once more for a page that leaves a doubt", async () => {
        const { emulator } = await company()
        const middle = Math.ceil((own(await read(emulator)).length + 1) / 2)
        const faults: ReadonlyArray<Omit<FaultRule, "path" | "from" | "times">> = [
          ...[...ODD_WORDS, ...foreignWords(stream)].map((words) => ({ kind: "pagingWords", words }) as const),
          ...(paging.kind === "single" ? [] : [{ kind: "moreButEmpty" } as const])
        ]
        for (const from of new Set([1, middle])) {
          for (const fault of faults) {
            const heal = emulator.fault({ ...fault, path, from, times: 1 })
            const reading = await read(emulator)
            heal()
            const seen = [errorOf(reading)?.message, ...wrong(emulator, reading)]
            expect(seen, `${JSON.stringify(fault)}, page ${from}`).toEqual([undefined])
          }
        }
      })

      it("quotes words on further pages that it does not understand", async () => {
        // `data: null` that names more rows is damaged whatever its words.
        const { emulator } = await company({ name: "empty lists", switches: { emptyV1: "array" } })
        for (const words of [...ODD_WORDS, ...foreignWords(stream)]) {
          const heal = emulator.fault({ kind: "pagingWords", words, path })
          const error = errorOf(await read(emulator))
          heal()
          expect(error?._tag, words).toBe("SystemError")
          expect(error?.message).toContain(stream.name)
          expect(error?.message).toContain(words)
        }
      })

      it.each(["repeatedPage", "clampedStart"] as const)("ends a list that does not advance (%s)", async (kind) => {
        for (const world of WORLDS) {
          const { emulator } = await company(world)
          const whole = own(await read(emulator)).length
          emulator.fault({ kind, path })
          const reading = await read(emulator)
          if (!reading.requests.some(({ fault }) => fault !== undefined)) continue
          expect(own(reading).length).toBeLessThanOrEqual(whole + mostInVain(stream))
          // A list of one page has nowhere to go.
          if (errorOf(reading) === undefined) expectNone(wrong(emulator, reading))
          else expect(errorOf(reading)?.message).toMatch(/does not advance/)
        }
      })
    }

    it.each([400, 403, 404, 410, 414, 422, 500])(
      "goes on without a saved place that is refused (%i)",
      async (status) => {
        const { emulator, pass } = await company()
        const stopped = await read(emulator, {
          stop: { atRequest: Math.ceil((await read(emulator)).requests.length / 2) }
        })
        const place = placeIn(stopped.states.get(stream.name))
        if (place === undefined) return
        pass(120_000)
        // The way to a remembered offset leads over that offset.
        const times = place["start"] === undefined ? {} : { times: status === 500 ? IMPATIENT.tries : 1 }
        const heal = emulator.fault({ kind: "status", status, query: place, ...times })
        const rest = await read(emulator, { states: stopped.states })
        heal()
        expect(rest.requests.some(({ fault }) => fault !== undefined)).toBe(true)
        expect([errorOf(rest)?.message, ...wrong(emulator, stopped, rest)]).toEqual([undefined])
      }
    )
  })
}
