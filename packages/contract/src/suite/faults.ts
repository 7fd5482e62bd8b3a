import type { SourceStream } from "@pipedrive-source/core"
import type { JsonObject, Source } from "@pipedrive-source/core/reader"
import type { Emulator, FaultRule } from "pipedrive-emulator"
import { describe, expect, it } from "vitest"
import { large, small, WORLDS, type World } from "../company.ts"
import { emptyLaterPages, IMPATIENT, LASTING, PASSING, pathsOf } from "../faults.ts"
import { membersOf } from "../json-text.ts"
import { invented, lost } from "../rows.ts"
import { type Reading, type RunOptions, run } from "../run.ts"
import { sentBy, streamIn, truthOf } from "../truth.ts"
import { expectNone } from "./none.ts"

const STATUSES = [402, 403, 404, 415] as const

/** Answers that go wrong. */
export const faultTests = (source: Source, stream: SourceStream): void => {
  const world = WORLDS[0] as World
  const path = pathsOf(stream)
  const mode = stream.changes === undefined ? "full_refresh" : "incremental"
  const read = (emulator: Emulator, more: Partial<RunOptions> = {}): Promise<Reading> =>
    run({ source, emulator, streams: [stream.name], mode, retryPolicy: IMPATIENT, ...more })
  const company = () => small(world, { maxPageSize: 3, switches: { installmentsPaged: true } })
  const errorOf = (reading: Reading) => reading.ended.get(stream.name)?.error
  /** The request in the middle of the stream's own. */
  const middle = (reading: Reading): number =>
    Math.ceil((reading.requests.filter((request) => path.test(request.path)).length + 1) / 2)
  const wrong = (emulator: Emulator, reading: Reading): ReadonlyArray<string> => {
    const truth = truthOf(emulator, source, stream)
    const sent = sentBy(stream, reading.lines)
    return [...lost(stream, sent, truth), ...invented(stream, sent, truth)]
  }

  describe("when answers go wrong", () => {
    it("recovers from what passes", async () => {
      const { emulator } = await company()
      const from = middle(await read(emulator))
      for (const fault of PASSING) {
        const heal = emulator.fault({ ...fault, path, from, times: 1 } as FaultRule)
        const reading = await read(emulator)
        heal()
        expect([errorOf(reading)?.message, ...wrong(emulator, reading)], JSON.stringify(fault)).toEqual([undefined])
        expect(reading.requests.filter((request) => request.fault !== undefined)).toHaveLength(1)
      }
    })

    it("says so when it lasts, and goes on later", async () => {
      const { emulator, pass } = await company()
      const from = middle(await read(emulator))
      for (const fault of LASTING) {
        const heal = emulator.fault({ ...fault, path, from } as FaultRule)
        const broken = await read(emulator)
        heal()
        const error = errorOf(broken)
        expect(error?._tag, JSON.stringify(fault)).toBe("TransientError")
        expect(error?.message).toContain(stream.name)
        pass(120_000)
        const rest = await read(emulator, { states: broken.states })
        expect(errorOf(rest)).toBeUndefined()
        const both = { ...rest, lines: [...broken.lines, ...rest.lines] }
        expectNone(wrong(emulator, both), JSON.stringify(fault))
      }
    })

    it("keeps the token out of what it says", async () => {
      const { emulator } = await company()
      emulator.fault({ kind: "status", status: 500, path, error: `bad token ${emulator.apiToken}` })
      const { message } = errorOf(await read(emulator)) ?? { message: "" }
      expect(message).toContain("****")
    })

    it("sends no secret of a row, however often it stands there and however its name is spelled", async () => {
      const { secrets } = stream
      if (secrets === undefined) return
      const { emulator } = await company()
      emulator.fault({ kind: "repeatedMembers", path })
      const { lines } = await read(emulator)
      expect(lines.length).toBeGreaterThan(0)
      const names = lines.flatMap(({ text }) => membersOf(text).map(([name]) => name))
      expectNone(names.filter((name) => secrets.includes(name)))
    })

    it("never takes a missing page for the end", async () => {
      // Where an endpoint says nothing of pages, a page without rows is the end.
      if (stream.paging.kind === "single" || ("declared" in stream.paging && !stream.paging.declared)) return
      const { emulator } = await company()
      const isLater = ({ query }: { readonly query: Readonly<Record<string, string>> }) =>
        (query["cursor"] ?? "") !== "" || Number(query["start"] ?? 0) > 0
      const whole = await read(emulator)
      if (!whole.requests.some((request) => path.test(request.path) && isLater(request))) return
      const heal = emptyLaterPages(emulator, path)
      const broken = await read(emulator)
      heal()
      const error = errorOf(broken)
      // Asked for in halves, children of many parents may fit on pages without a later one: then all of them are there.
      const { ask } = stream.parents ?? {}
      const isBulk = ask?.in === "query" && ask.size > 1
      if (isBulk && error === undefined) expectNone(wrong(emulator, broken))
      else expect(error?.message ?? "no error").toContain(stream.name)
    })

    it("keeps its state when the day's tokens are spent", async () => {
      const { emulator, pass } = await company()
      const from = middle(await read(emulator))
      const heal = emulator.fault({ kind: "daily429", path, from })
      const broken = await read(emulator)
      heal()
      expect(errorOf(broken)).toMatchObject({ _tag: "TransientError", quotaResetMs: expect.any(Number) })
      expect(broken.rateLimited).toEqual([stream.name])
      pass(120_000)
      const rest = await read(emulator, { states: broken.states })
      expectNone(wrong(emulator, { ...rest, lines: [...broken.lines, ...rest.lines] }))
    })

    it("names the scope that is missing", async () => {
      const { emulator } = await company()
      const heal = emulator.fault({ kind: "scope403", path })
      const error = errorOf(await read(emulator))
      heal()
      expect(error?._tag).toBe("ConfigError")
      expect(error?.message).toContain(stream.scope)
      expect(error?.message).toContain(stream.name)
      for (const name of stream.parents?.streams ?? []) {
        const parent = streamIn(source, name)
        const healParent = emulator.fault({ kind: "scope403", path: pathsOf(parent) })
        const inherited = errorOf(await read(emulator))
        healParent()
        expect(inherited?._tag).toBe("ConfigError")
        expect(inherited?.message).toContain(parent.scope)
        expect(inherited?.message).toContain(stream.name)
      }
    })

    it("ends alone when its endpoint answers 401 to credentials that are good elsewhere", async () => {
      // This is the endpoint that tells whether they are.
      if (stream.path === "v1/users/me") return
      const { emulator } = await company()
      emulator.fault({ kind: "unauthorized", path })
      const reading = await read(emulator)
      expect(errorOf(reading)?._tag).toBe("ConfigError")
      expect(errorOf(reading)?.message).toContain(stream.name)
      expect(errorOf(reading)?.message).toContain("401")
      expect(reading.requests.filter((request) => request.path === "v1/users/me")).toHaveLength(1)
    })

    it("does not follow a redirect", async () => {
      const { emulator } = await company()
      emulator.fault({ kind: "redirect", path })
      expect(errorOf(await read(emulator))?._tag).toBe("SystemError")
    })

    if (stream.addOn !== undefined) {
      it.each(STATUSES)("is empty, with a warning, where the account lacks the feature (%i)", async (status) => {
        const { emulator } = await company()
        emulator.fault({ kind: "status", status, path, error: "not enabled" })
        const reading = await read(emulator)
        expect(errorOf(reading)).toBeUndefined()
        expect(reading.lines).toEqual([])
        expect(reading.checkpoints.get(stream.name)).toBe(1)
        expect(reading.warnings).toHaveLength(1)
        expect(reading.warnings[0]).toContain(stream.name)
        expect(reading.warnings[0]).toContain(stream.addOn)
      })
    } else if (stream.parents === undefined) {
      it("says that the user may not read it", async () => {
        const { emulator } = await company()
        emulator.fault({ kind: "permission403", path })
        expect(errorOf(await read(emulator))?._tag).toBe("ConfigError")
      })

      it("says that the list is gone", async () => {
        const { emulator } = await company()
        emulator.fault({ kind: "notFound404", path })
        expect(errorOf(await read(emulator))?._tag).toBe("SystemError")
      })
    }

    if (stream.parents !== undefined) {
      it.each([403, 404, 410])("passes over a parent that refuses (%i), and no other", async (status) => {
        const { emulator } = await large(world)
        const { parents } = stream
        const truth = truthOf(emulator, source, stream)
        const parent = truth.at(-1)?.parent
        const id = parent?.value[parents?.key ?? "id"] as number
        const ask = parents?.ask
        emulator.fault(
          ask?.in === "query" && ask.size === 1
            ? { kind: "status", status, path, query: { [ask.parameter]: String(id) } }
            : { kind: "refuseParent", ids: [id], status, path }
        )
        const reading = await read(emulator)
        expect(errorOf(reading)).toBeUndefined()
        const rest = truth.filter((row) => row.parent?.value[parents?.key ?? "id"] !== id)
        const sent = sentBy(stream, reading.lines)
        expectNone([...lost(stream, sent, rest), ...invented(stream, sent, truth)])
        expect(reading.ended.get(stream.name)?.summary.parentsSkipped).toBeGreaterThan(0)
        expect(reading.warnings).toHaveLength(status === 403 ? 1 : 0)
      })
    }

    if (stream.parents !== undefined) {
      it("reads all others where one parent cannot be read, and that one when it can", async () => {
        const { emulator } = await large(world)
        const key = stream.parents?.key ?? "id"
        const truth = truthOf(emulator, source, stream)
        const id = truth.at(-1)?.parent?.value[key] as number
        for (const fault of [{ kind: "nullBody" }, { kind: "status", status: 504 }] as const) {
          const heal = emulator.fault({ ...fault, path, ids: [id] })
          const broken = await read(emulator)
          heal()
          expect(errorOf(broken)?._tag).toBe("TransientError")
          expect(errorOf(broken)?.message).toContain(`${stream.name} is not complete`)
          expect(errorOf(broken)?.message).toContain(`1 parent: ${id} after `)
          const sent = sentBy(stream, broken.lines)
          const others = truth.filter((row) => row.parent?.value[key] !== id)
          expectNone([...lost(stream, sent, others), ...invented(stream, sent, truth)])
          if (stream.changes === undefined) continue
          const rest = await read(emulator, { states: broken.states })
          expect(errorOf(rest)).toBeUndefined()
          expectNone(wrong(emulator, { ...rest, lines: [...broken.lines, ...rest.lines] }))
          const asked = rest.requests.filter((request) => path.test(request.path))
          expect(asked.length).toBeLessThan(broken.requests.length)
        }
      })
    }

    if (stream.includeFields !== undefined) {
      it("does without optional fields that are refused", async () => {
        const { emulator } = await company()
        emulator.fault({ kind: "refuseIncludeFields", path })
        const reading = await read(emulator)
        expect(errorOf(reading)).toBeUndefined()
        const keys = new Set(sentBy(stream, reading.lines).map(({ key }) => key))
        expect(truthOf(emulator, source, stream).filter(({ key }) => !keys.has(key))).toEqual([])
        expect(reading.warnings.length).toBeGreaterThan(0)
        const later = await read(emulator, { states: reading.states })
        expect(later.requests.filter((request) => request.fault !== undefined)).toEqual([])
      })
    }
  })

  // What a state of a broken read is good for is tried above; a broken read must not spoil the state it was given.
  it("keeps the state it was given when nothing can be read", async () => {
    if (stream.changes === undefined) return
    const { emulator, pass } = await company()
    const first = await read(emulator)
    pass(30 * 3_600_000)
    const given: ReadonlyMap<string, JsonObject> = first.states
    emulator.fault({ kind: "status", status: 500 })
    const broken = await read(emulator, { states: given })
    expect(errorOf(broken)?._tag).toBe("TransientError")
    expect(broken.states).toEqual(given)
  })
}
