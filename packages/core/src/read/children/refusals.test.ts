import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import * as c from "../../declare/columns.ts"
import { singlePage } from "../../declare/pagination.ts"
import { perParent } from "../../declare/parents.ts"
import { defineStream } from "../../declare/stream.ts"
import type { Event } from "../../events.ts"
import { RefusedError } from "../../http/client.ts"
import { StreamEmitter } from "../stream-emitter.ts"
import { Refusals } from "./refusals.ts"

const stream = defineStream({
  name: "rows",
  path: "v1/deals/{id}/rows",
  docs: "https://developers.pipedrive.com/docs/api/v1",
  tokens: 1,
  scope: "deals:read",
  columns: { id: c.integer },
  primaryKey: ["id"],
  paging: singlePage(),
  parents: perParent("deals", "deal_id")
})
const plan = { ...stream, addOn: "Products" }

const refused = (status: number, text = "no") => new RefusedError({ status, text })

/** What becomes of parents that answer 200 or refuse with another status, in turn. */
const judged = (statuses: ReadonlyArray<number>, of = stream) => {
  const refusals = new Refusals(of)
  const ended = statuses.flatMap((status, at) => {
    if (status === 200) refusals.answer()
    const error = status === 200 ? undefined : refusals.refuse(refused(status))
    return error === undefined ? [] : [{ at: at + 1, tag: error._tag, message: error.message }]
  })
  const logs: Array<string> = []
  const emitter = new StreamEmitter(of, "incremental", undefined, (event: Event) =>
    Effect.sync(() => void (event._tag === "Log" && logs.push(`${event.level} ${event.message}`)))
  )
  const verdict = Effect.runSync(Effect.result(refusals.verdict(emitter)))
  const { areAll, hides, answered } = refusals
  return {
    ended,
    logs,
    areAll,
    hides,
    answered,
    error: Result.isFailure(verdict) ? `${verdict.failure._tag}: ${verdict.failure.message}` : undefined
  }
}
const many = (count: number, status: number) => Array<number>(count).fill(status)

describe("parents that refuse", () => {
  it("are nothing to be told of where none does", () => {
    expect(judged([200, 200])).toEqual({
      ended: [],
      logs: [],
      areAll: false,
      hides: false,
      answered: 2,
      error: undefined
    })
    expect(judged([])).toMatchObject({ logs: [], areAll: false, hides: false, error: undefined })
  })

  it("are passed over where others answer, and counted where they may have children", () => {
    expect(judged([403, 200])).toMatchObject({
      ended: [],
      areAll: false,
      hides: true,
      logs: ["WARN rows: 1 parent may not be read by this user (403: no) and was passed over."]
    })
    expect(judged([200, 403, 401]).logs).toEqual([
      "WARN rows: 2 parents may not be read by this user (401: no) and were passed over."
    ])
    expect(judged([404, 200, 410])).toMatchObject({ ended: [], logs: [], areAll: false, hides: false })
    expect(judged([200, ...many(120, 403)]).ended).toEqual([])
  })

  it("leave the watermark where all do, and end the stream where they are many", () => {
    expect(judged([403])).toMatchObject({
      areAll: true,
      hides: true,
      error: undefined,
      logs: [
        "WARN rows: all 1 parent asked for refused (403: no). The watermark stays, so that they are asked again in the next sync."
      ]
    })
    const nine = judged(many(9, 403))
    expect(nine.error).toBeUndefined()
    expect(nine.logs.join()).toContain("all 9 parents asked for refused")
    expect(judged(many(10, 403))).toMatchObject({
      logs: [],
      error: expect.stringMatching(/^ConfigError: rows: every parent asked for refused \(10 times 403: no\)/)
    })
  })

  it("end the stream with 401, however few they are", () => {
    expect(judged([401])).toMatchObject({
      logs: [],
      error: expect.stringMatching(/^ConfigError: .*\(1 times 401: no\)/)
    })
    expect(judged([403, 401]).error).toContain("(2 times 401: no)")
    expect(judged([401, 403]).error).toBeUndefined()
  })

  it("that are gone are told of where there are ten, and nothing else", () => {
    expect(judged(many(9, 404))).toMatchObject({ logs: [], hides: true, areAll: false, error: undefined })
    expect(judged([...many(9, 404), 410])).toMatchObject({
      areAll: false,
      hides: true,
      logs: [expect.stringMatching(/^WARN rows: all 10 parents asked for answered that there is nothing/)]
    })
    expect(judged([...many(10, 404), 403]).logs.join()).toContain("all 1 parent asked for refused")
    expect(judged([...many(10, 404), 200]).logs).toEqual([])
  })

  it("are not asked to the last: a hundred are enough, and ten of an add-on", () => {
    expect(judged(many(99, 403)).ended).toEqual([])
    expect(judged(many(101, 403)).ended.map(({ at, tag }) => [at, tag])).toEqual([
      [100, "ConfigError"],
      [101, "ConfigError"]
    ])
    expect(judged(many(100, 403)).ended[0]?.message).toContain("every parent asked for refused (100 times 403: no)")
    expect(judged(many(9, 403), plan).ended).toEqual([])
    expect(judged(many(10, 403), plan).ended.map(({ at, tag }) => [at, tag])).toEqual([[10, "NotAvailableError"]])
    expect(judged(many(10, 402), plan).ended.map(({ tag }) => tag)).toEqual(["NotAvailableError"])
    expect(judged(many(50, 404), plan).ended).toEqual([])
  })

  it("leave a stream of an add-on empty where none answers", () => {
    for (const status of [403, 404])
      expect(judged([status], plan)).toMatchObject({
        areAll: true,
        logs: [],
        error: expect.stringMatching(/^NotAvailableError: rows is empty.*Products/)
      })
    expect(judged([404, 200], plan)).toMatchObject({ areAll: false, logs: [], error: undefined })
    expect(judged([], plan)).toMatchObject({ areAll: false, logs: [], error: undefined })
  })
})
