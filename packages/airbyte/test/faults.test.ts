import type { Emulator } from "pipedrive-emulator"
import { describe, expect, it } from "vitest"
import { type Fate, type Fault, faults } from "./fault-table.ts"
import { elsewhere, startTrial, type Told } from "./trial.ts"

/** A stream by update time, one by offset, and children; each once more by OAuth, at one of the places. */
const victims = {
  persons: { path: "v2/persons", pages: 3, byOAuth: "middle" },
  files: { path: "v1/files", pages: 3, byOAuth: "last" },
  note_comments: { path: /^v1\/notes\/\d+\/comments$/, pages: 20, byOAuth: "first" }
} as const
type Victim = keyof typeof victims
const places = ["first", "middle", "last"] as const
type Where = (typeof places)[number]
type How = "once" | "lasting"
type Entrance = "token" | "OAuth"

const applies = ({ only }: Fault, victim: Victim, where: Where): boolean => {
  switch (only) {
    case "token":
      return false
    case "children":
      return victim === "note_comments"
    case "pages":
      return victim !== "note_comments"
    case "laterPages":
      return victim !== "note_comments" && where !== "first"
    case "laterPagesByCursor":
      return victim === "persons" && where !== "first"
    default:
      return true
  }
}

/** Which of the requests that a fault has to do with is the first to be struck. */
const fromOf = ({ only }: Fault, victim: Victim, where: Where): number => {
  const page = { first: 1, middle: 2, last: victims[victim].pages }[where]
  if (only === "children") return 1
  return only === "laterPages" || only === "laterPagesByCursor" ? page - 1 : page
}

const fateOf = (fault: Fault, victim: Victim, where: Where, how: How, entrance: Entrance): Fate => {
  // Behind the last page of a list others may come, of another order; each parent has but one.
  const isEnd = victim === "note_comments" || (where === "last" && how === "once")
  if (fault.atEnd !== undefined && isEnd) return fault.atEnd
  // A token that is renewed.
  if (entrance === "OAuth" && fault.oauth?.[how] === "recovers") return "recovers"
  // Where a parent has answered before, those that refuse are passed over.
  if (victim === "note_comments" && fault.child !== undefined) return where === "first" ? fault.child[how] : "skipped"
  return ((entrance === "OAuth" ? fault.oauth : undefined) ?? fault)[how]
}

const cells = Object.entries(faults).flatMap(([name, fault]) =>
  (Object.keys(victims) as ReadonlyArray<Victim>).flatMap((victim) =>
    places
      .filter((where) => applies(fault, victim, where))
      .flatMap((where) => {
        const entrances: ReadonlyArray<Entrance> = victims[victim].byOAuth === where ? ["token", "OAuth"] : ["token"]
        return entrances.flatMap((entrance) =>
          (["once", "lasting"] as const).map(
            (how) => [name, victim, where, how, entrance, fateOf(fault, victim, where, how, entrance), fault] as const
          )
        )
      })
  )
)

const foreignUrl = elsewhere()

const commentsOf = (emulator: Emulator, note: string | number): number =>
  emulator.ids(`v1/notes/${note}/comments`).length

/** How many rows a victim has. */
const sizeOf = (emulator: Emulator, victim: Victim): number =>
  victim === "note_comments"
    ? emulator.ids("v1/notes").reduce<number>((sum, note) => sum + commentsOf(emulator, note), 0)
    : emulator.ids(victims[victim].path).length

it.each(Object.keys(victims) as ReadonlyArray<Victim>)(
  "an answer of 20 MB is read as any other: %s",
  async (victim) => {
    const { emulator, arm, close, read } = await startTrial("token", foreignUrl())
    const disarm = arm({ kind: "oversizedPage" }, { path: victims[victim].path, from: 2, times: 1 })
    const { ended, rows } = (await read([victim])).get(victim) as Told
    disarm()
    expect(ended?.error).toBeUndefined()
    expect(rows.size).toBe(sizeOf(emulator, victim))
    await close()
  }
)

describe("what can go wrong, at every place", () => {
  it.concurrent.each(cells)("%s: %s, %s page, %s, by %s: %s", async (_, victim, where, how, entrance, fate, fault) => {
    // Without a word on further pages, a page that is not full is the last.
    const pages = fault.cause.kind === "missingAdditionalData" ? "full" : "short"
    const { emulator, arm, close, read } = await startTrial(entrance, foreignUrl(), pages)
    const notes = emulator.ids("v1/notes")
    const whole = (): number => sizeOf(emulator, victim)
    const parent = notes[{ first: 0, middle: 9, last: 19 }[where]] ?? 0
    const disarm = arm(fault.cause, {
      path: victims[victim].path,
      from: fromOf(fault, victim, where),
      ...(fault.only === "children" && { ids: [parent] }),
      ...(how === "once" && { times: 1 })
    })

    const told = await read([victim, "stages"])
    const { ended, rows, state } = told.get(victim) as Told
    expect(ended).toBeDefined()
    if (fault.halts !== true || fate === "recovers") {
      expect(told.get("stages")?.ended?.error).toBeUndefined()
      expect(told.get("stages")?.rows.size).toBe(8)
    }
    switch (fate) {
      case "recovers":
        expect(ended?.error?.message).toBeUndefined()
        expect(rows.size).toBe(whole())
        break
      case "skipped": {
        const refused = emulator.requests.flatMap(({ fault: struck, path }) =>
          struck === undefined ? [] : [path.split("/")[2] as string]
        )
        expect(ended?.error?.message).toBeUndefined()
        expect(ended?.summary.parentsSkipped).toBe(refused.length)
        expect(rows.size).toBe(whole() - refused.reduce((sum, note) => sum + commentsOf(emulator, note), 0))
        break
      }
      case "ConfigError":
      case "TransientError":
      case "SystemError":
        expect(ended?.error?._tag).toBe(fate)
        if (fault.halts !== true) expect(ended?.error?.message).toContain(victim)
        if (fault.halts !== true && fate === "TransientError")
          expect(ended?.error?.message).toMatch(/after 3 tries \(.{5,}\)/)
        if (rows.size > 0 && victim === "persons") expect(state).toBeDefined()
    }

    // What was read is kept, and the next read brings the rest and what is new.
    disarm()
    if (fate !== "skipped") {
      if (victim !== "note_comments") emulator.insert(victims[victim].path, 1)
      const next = await read([victim, "stages"])
      const { ended: end, rows: rest } = next.get(victim) as Told
      expect(end?.error?.message).toBeUndefined()
      expect(new Set([...rows, ...rest]).size).toBe(whole())
      const stages = [told, next].flatMap((each) => [...(each.get("stages")?.rows ?? [])])
      expect(next.get("stages")?.ended?.error).toBeUndefined()
      expect(new Set(stages).size).toBe(8)
    }
    await close()
  })
})
