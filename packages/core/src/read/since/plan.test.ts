import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Chance, chanceOf } from "../../../test/table.ts"
import type { Command, Demand, PageFacts } from "./commands.ts"
import { Plan } from "./plan.ts"
import { openSlice, type Slice, Slices } from "./slices.ts"
import { Splitter } from "./split.ts"

// SPEC 2, 4, 5, 7, 8, 10

/** The server's time, less its margin. */
const SAFE = 1_000_000

const all: Demand = { isOpen: () => true, nextWanted: (from) => from, add: () => {}, follow: () => {} }

interface Given {
  readonly slices?: ReadonlyArray<Slice>
  readonly ceiling?: number
  readonly demand?: Partial<Demand>
  readonly workers?: number
  readonly idle?: number
  readonly isByTime?: boolean
}

const planOf = ({
  slices = [openSlice(0)],
  ceiling,
  demand,
  workers = 1,
  idle = workers,
  isByTime = false
}: Given = {}) => {
  const left = new Slices(new Map(slices.map((slice, id) => [id, slice])), undefined, ceiling)
  /** What has been emitted to the one who takes rows. */
  const taker = { slices: left }
  const follow: Demand["follow"] = (change) => {
    taker.slices = change(taker.slices)
  }
  const plan = new Plan({
    slices: left,
    demand: { ...all, follow, ...demand },
    splitter: new Splitter({ tokens: 10, workers: isByTime ? 1 : workers }),
    workers,
    idle: () => idle,
    isByTime
  })
  return { plan, taker }
}

const pageOf = (times: ReadonlyArray<number>, more: Partial<PageFacts> = {}): PageFacts => {
  const at = times.findLast(Number.isFinite)
  return {
    times,
    rows: times.map((_, row) => row),
    at,
    next: { since: 0, cursor: more.ended === true ? undefined : `behind ${at}` },
    ended: false,
    isFilteredAnew: false,
    safeWatermark: SAFE,
    ...more
  }
}

/** What the plan answers to a page of a slice a worker has begun. */
const answersTo = (plan: Plan, id: number, page: PageFacts): ReadonlyArray<Command> => [...plan.received(id, page)]
const tagsOf = (commands: ReadonlyArray<Command>) => commands.map(({ _tag }) => _tag)
const emissionIn = (commands: ReadonlyArray<Command>) =>
  commands.flatMap((command) => (command._tag === "Emit" ? [command.emission] : []))[0]

describe("a page of the only slice", () => {
  it("is emitted, and the next one asked for meanwhile", () => {
    const { plan } = planOf()
    plan.begin(0)
    const commands = answersTo(plan, 0, pageOf([100, 200]))
    expect(commands).toEqual([
      {
        _tag: "Emit",
        emission: { rows: [0, 1], to: { since: 0, at: 200, cursor: "behind 200" }, ended: false },
        isMoreWanted: true
      }
    ])
    expect(plan.slices.get(0)).toEqual({ since: 0, at: 200, stop: undefined, cursor: "behind 200" })
  })

  it("ends the read where it is the last", () => {
    const { plan } = planOf()
    const rounds = plan.rounds()
    expect(rounds.next().value).toEqual([0])
    plan.begin(0)
    const commands = answersTo(plan, 0, pageOf([100], { ended: true }))
    expect(tagsOf(commands)).toEqual(["Emit", "Stop"])
    expect(emissionIn(commands)).toMatchObject({ to: { at: 100, cursor: undefined }, ended: true })
    expect(rounds.next().done).toBe(true)
  })

  it("caps the watermark where its last row is later than its safe watermark, and not before", () => {
    const { plan, taker } = planOf()
    plan.begin(0)
    answersTo(plan, 0, pageOf([100, SAFE]))
    expect(taker.slices.toState().settle).toBeUndefined()
    answersTo(plan, 0, pageOf([SAFE + 10]))
    expect(taker.slices.toState().settle).toBe(SAFE)
    answersTo(plan, 0, pageOf([SAFE + 90], { safeWatermark: SAFE + 50 }))
    expect(taker.slices.toState().settle).toBe(SAFE)
  })

  it("is the last where nobody takes rows any more, and is left unfinished", () => {
    let isOpen = true
    const { plan } = planOf({ demand: { isOpen: () => isOpen } })
    const rounds = plan.rounds()
    rounds.next()
    plan.begin(0)
    isOpen = false
    const commands = answersTo(plan, 0, pageOf([100]))
    expect(commands).toMatchObject([{ _tag: "Emit", isMoreWanted: false }, { _tag: "Stop" }])
    expect(plan.slices.unfinished.size).toBe(1)
    expect(rounds.next().done).toBe(true)
  })

  it("is followed by one from a later second, where nobody takes the rows between", () => {
    const { plan } = planOf({ demand: { nextWanted: () => 5000 } })
    plan.begin(0)
    const commands = answersTo(plan, 0, pageOf([100]))
    expect(commands[1]).toEqual({ _tag: "Jump", slice: openSlice(5000) })
    expect(plan.slices.get(0)).toMatchObject({ since: 5000, at: 5000, cursor: undefined })
  })

  it("is the last where nobody takes any later row, and its slice is finished", () => {
    const { plan } = planOf({ demand: { nextWanted: () => Number.POSITIVE_INFINITY } })
    plan.begin(0)
    expect(tagsOf(answersTo(plan, 0, pageOf([100])))).toEqual(["Emit", "Stop"])
    expect(plan.slices.unfinished.size).toBe(0)
  })

  it("is given up an hour of server time after rows that changed since the read began, and no sooner", () => {
    const { plan } = planOf()
    plan.begin(0)
    answersTo(plan, 0, pageOf([100]))
    answersTo(plan, 0, pageOf([200], { safeWatermark: SAFE + 9000 }))
    answersTo(plan, 0, pageOf([SAFE + 1], { safeWatermark: SAFE + 10_000 }))
    expect(tagsOf(answersTo(plan, 0, pageOf([SAFE + 2], { safeWatermark: SAFE + 13_600 })))).toEqual(["Emit"])
    expect(tagsOf(answersTo(plan, 0, pageOf([SAFE + 3], { safeWatermark: SAFE + 13_601 })))).toEqual(["GiveUp"])
  })
})

describe("a slice beside others", () => {
  const both = [{ ...openSlice(0), stop: 500 }, openSlice(500)]

  it("ends at its stop, and leaves later rows to the next", () => {
    const { plan } = planOf({ slices: both })
    plan.begin(0)
    const commands = answersTo(plan, 0, pageOf([100, 499, 500, 600]))
    expect(emissionIn(commands)).toEqual({ rows: [0, 1], to: { since: 0, at: 499, cursor: undefined }, ended: true })
    expect(plan.slices.get(0)).toBeUndefined()
  })

  it("is parked at the safe watermark where it is open, and begun from there, without its cursor, when it is alone", () => {
    const { plan } = planOf({ slices: both })
    const rounds = plan.rounds()
    expect(rounds.next().value).toEqual([0, 1])
    plan.begin(0)
    plan.begin(1)
    const commands = answersTo(plan, 1, pageOf([600, SAFE - 1, SAFE, SAFE + 5]))
    expect(tagsOf(commands)).toEqual(["Emit", "Stop"])
    expect(emissionIn(commands)).toEqual({
      rows: [0, 1],
      to: { since: SAFE, at: SAFE, cursor: undefined },
      ended: false
    })
    answersTo(plan, 0, pageOf([100], { ended: true }))
    expect(rounds.next().value).toEqual([1])
    expect(plan.begin(1)).toEqual({ ...openSlice(SAFE), at: SAFE })
    const tail = answersTo(plan, 1, pageOf([SAFE, SAFE + 5], { ended: true, safeWatermark: SAFE + 100 }))
    expect(emissionIn(tail)).toMatchObject({ rows: [0, 1], ended: true })
    expect(plan.slices.unfinished.size).toBe(0)
  })

  it("is parked at the safe watermark of the first answer, whatever later answers say", () => {
    const { plan } = planOf({ slices: both })
    plan.begin(0)
    plan.begin(1)
    answersTo(plan, 0, pageOf([100]))
    const commands = answersTo(plan, 1, pageOf([SAFE + 30], { safeWatermark: SAFE + 60 }))
    expect(emissionIn(commands)).toMatchObject({ rows: [], to: { since: SAFE, at: SAFE } })
  })

  it("does not cap the watermark", () => {
    const { plan, taker } = planOf({ slices: both })
    plan.begin(1)
    answersTo(plan, 1, pageOf([SAFE + 10]))
    expect(taker.slices.toState().settle).toBeUndefined()
  })
})

describe("an idle worker", () => {
  const page = (from: number) => pageOf(Array.from({ length: 100 }, (_, row) => from + row))

  it("is given a part of a slice, after one look at the end of the list", () => {
    const { plan, taker } = planOf({ workers: 4 })
    plan.begin(0)
    expect(tagsOf(answersTo(plan, 0, page(100)))).toEqual(["Emit"])
    const commands: Array<Command> = []
    for (const command of plan.received(0, page(200))) {
      commands.push(command)
      if (command._tag === "LookAtEnd") plan.sawEnd(SAFE - 5)
    }
    expect(tagsOf(commands)).toEqual(["Emit", "LookAtEnd", "Start"])
    const started = commands.at(-1) as Extract<Command, { _tag: "Start" }>
    for (const slices of [plan.slices, taker.slices]) {
      expect(slices.get(0)?.stop).toBe(started.from)
      expect(slices.get(started.id)).toEqual(openSlice(started.from))
    }
  })

  it.each([
    ["no request could be sent", { workers: 4, idle: 0 }],
    ["there is no other worker", { workers: 1 }],
    ["the list goes on by time alone", { workers: 4, isByTime: true }]
  ])("is given nothing where %s", (_, given) => {
    const { plan } = planOf(given)
    plan.begin(0)
    for (let from = 100; from < 600; from += 100) expect(tagsOf(answersTo(plan, 0, page(from)))).toEqual(["Emit"])
  })

  it("is given nothing where the slice has gone beyond the cut while rows without a time were read", () => {
    const { plan } = planOf({ slices: [openSlice(undefined)], workers: 4 })
    plan.begin(0)
    answersTo(plan, 0, page(100))
    const commands = plan.received(0, page(200))
    expect([commands.next(), commands.next()].map(({ value }) => value?._tag)).toEqual(["Emit", "LookAtEnd"])
    plan.sawEnd(Number.NaN)
    expect(commands.next().value?._tag).toBe("ReadFirst")
    answersTo(plan, 0, pageOf([SAFE - 1]))
    expect(commands.next().done).toBe(true)
  })
})

describe("rows without a time at the end of a list", () => {
  const untimed: Slice = { ...openSlice(undefined), nulls: true }
  /** All commands for a page, where the last row of the list has no time. */
  const answers = (plan: Plan, page: PageFacts) => {
    const commands: Array<Command> = []
    for (const command of plan.received(0, page)) {
      commands.push(command)
      if (command._tag === "LookAtEnd") plan.sawEnd(Number.NaN)
    }
    return commands
  }

  it("are read before a slice begins to be filtered, once, and the open slice is parked then", () => {
    const { plan } = planOf({ slices: [openSlice(undefined)] })
    plan.begin(0)
    const commands = answers(plan, pageOf([SAFE + 1], { isFilteredAnew: true }))
    expect(tagsOf(commands)).toEqual(["ReadFirst", "Emit", "Stop"])
    expect(plan.slices.get((commands[0] as Extract<Command, { _tag: "ReadFirst" }>).id)).toEqual(untimed)
    expect(emissionIn(commands)?.to.at).toBe(SAFE)
    plan.begin(0)
    expect(tagsOf(answers(plan, pageOf([SAFE + 1], { isFilteredAnew: true })))).toEqual(["Emit", "Stop"])
  })

  it("are looked for once where a list goes on by time alone, and read before its second page", () => {
    const { plan } = planOf({ slices: [openSlice(undefined)], isByTime: true })
    plan.begin(0)
    expect(tagsOf(answers(plan, pageOf([100])))).toEqual(["LookAtEnd", "ReadFirst", "Emit"])
    expect(tagsOf(answers(plan, pageOf([200])))).toEqual(["Emit"])
  })

  it.each([
    ["the list has a filter", [openSlice(0)], [100], {}],
    ["the list has one page", [openSlice(undefined)], [100], { ended: true }],
    ["they come first", [openSlice(undefined)], [Number.NaN, 100], {}]
  ] as const)("are not looked for where %s", (_, slices, times, more) => {
    const { plan } = planOf({ slices, isByTime: true })
    plan.begin(0)
    expect(tagsOf(answers(plan, pageOf(times, more)))).not.toContain("LookAtEnd")
  })

  it("make the list be read again from its watermark where the whole list was read through to them", () => {
    const added: Array<Slice> = []
    const { plan } = planOf({ slices: [openSlice(undefined)], demand: { add: (slice) => added.push(slice) } })
    const rounds = plan.rounds()
    rounds.next()
    plan.begin(0)
    answersTo(plan, 0, pageOf([100, Number.NaN], { ended: true }))
    expect(rounds.next().value).toEqual([1])
    expect(added).toEqual([openSlice(100)])
    plan.begin(1)
    answersTo(plan, 1, pageOf([100], { ended: true }))
    expect(rounds.next().done).toBe(true)
  })
})

describe("a slice that goes on from a state among rows without a time", () => {
  it("makes the list be read again from its watermark where its cursor is refused", () => {
    const { plan } = planOf({ slices: [{ ...openSlice(undefined), at: 5000, cursor: "refused" }], ceiling: 4000 })
    const rounds = plan.rounds()
    rounds.next()
    plan.begin(0)
    for (const command of plan.received(0, pageOf([5000], { isFilteredAnew: true, ended: true }))) {
      if (command._tag !== "ReadFirst") continue
      plan.begin(command.id)
      answersTo(plan, command.id, pageOf([Number.NaN], { at: undefined, ended: true }))
    }
    expect(rounds.next().value).toEqual([0])
    plan.begin(0)
    answersTo(plan, 0, pageOf([], { ended: true }))
    expect(rounds.next().value).toEqual([2])
    expect(plan.slices.get(2)).toEqual(openSlice(4000))
  })
})

describe("what has been emitted of a list", () => {
  it("keeps a watermark before its own second, where that is still alive", () => {
    const { plan, taker } = planOf({ slices: [openSlice(SAFE + 1)] })
    plan.begin(0)
    answersTo(plan, 0, pageOf([], { ended: true }))
    const emitted = taker.slices.finish(0)
    expect(emitted.isThroughMark).toBe(true)
    expect(emitted.conclude(plan.safeWatermark, plan.latestSafeWatermark).isThroughMark).toBe(false)
  })

  it("is complete up to the safe watermark where the list has no rows", () => {
    const { plan, taker } = planOf({ slices: [openSlice(undefined)] })
    plan.begin(0)
    answersTo(plan, 0, pageOf([], { ended: true }))
    const emitted = taker.slices.finish(0)
    expect(emitted.conclude(plan.safeWatermark, plan.latestSafeWatermark).watermark).toBe(SAFE)
  })
})

/** A list at rest, and a driver of the plan that lets its workers go on in any order. */
const play = (times: ReadonlyArray<number>, first: Slice, workers: number, limit: number, chance: Chance) => {
  const rows = times
    .map((time, id) => ({ id, time }))
    .sort((a, b) => (a.time < b.time || Number.isNaN(b.time) ? -1 : 1))
  const { plan, taker } = planOf({ slices: [first], workers })
  const out = new Map<number, number>()
  let pages = 0
  let most = 0
  /** Pages of a slice, by cursor: the number of the row at which the next one begins. */
  const factsOf = (slice: Slice): PageFacts & { readonly ids: ReadonlyArray<number> } => {
    pages++
    const filtered = rows.filter(({ time }) => slice.since === undefined || time >= slice.since)
    const begin = Number(slice.cursor ?? 0)
    const list = slice.nulls ? rows.filter(({ time }) => Number.isNaN(time)) : filtered
    const page = list.slice(begin, begin + limit)
    const ended = begin + limit >= list.length
    const at = page.findLast(({ time }) => Number.isFinite(time))?.time ?? slice.at
    return {
      ...pageOf(page.map(({ time }) => time)),
      at: slice.nulls ? undefined : at,
      next: { since: slice.since, cursor: ended ? undefined : String(begin + limit) },
      ended,
      ids: page.map(({ id }) => id)
    }
  }
  function* worker(id: number): Generator<void> {
    let slice = plan.begin(id)
    while (slice !== undefined) {
      const page = factsOf(slice)
      for (const command of plan.received(id, page)) {
        yield
        if (command._tag === "LookAtEnd") plan.sawEnd(rows.at(-1)?.time)
        if (command._tag === "ReadFirst") yield* worker(command.id)
        if (command._tag === "Start") running.push(worker(command.id))
        if (command._tag === "Emit") {
          const { rows: kept, to, ended } = command.emission
          for (const row of kept) out.set(page.ids[row] as number, (out.get(page.ids[row] as number) ?? 0) + 1)
          taker.slices = taker.slices.advance(id, to)
          if (ended) taker.slices = taker.slices.finish(id)
          const { watermark = Number.NEGATIVE_INFINITY } = taker.slices
          for (const { id: each, time } of rows) if (time < watermark) expect(out.has(each)).toBe(true)
        }
        if (command._tag === "Stop") return
        if (command._tag === "GiveUp" || command._tag === "Jump") throw new Error(command._tag)
      }
      most = Math.max(most, plan.slices.unfinished.size)
      slice = { ...slice, ...page.next, at: page.at }
    }
  }
  const running: Array<Generator<void>> = []
  for (const ids of plan.rounds()) {
    for (const id of ids) running.push(worker(id))
    while (running.length > 0) {
      const at = chance.between(0, running.length - 1)
      if (running[at]?.next().done) running.splice(at, 1)
    }
  }
  return { out, pages, most, left: plan.slices, emitted: taker.slices }
}

describe("a list at rest", () => {
  it("is read whole, whatever its times and in whatever order its workers go on", () => {
    const time = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: SAFE + 50 }) },
      { weight: 2, arbitrary: fc.integer({ min: SAFE - 400, max: SAFE - 300 }) },
      { weight: 1, arbitrary: fc.constant(Number.NaN) }
    )
    const given = fc.record({
      times: fc.array(time, { maxLength: 300 }),
      workers: fc.integer({ min: 1, max: 8 }),
      limit: fc.integer({ min: 1, max: 6 }),
      seed: fc.nat(),
      isFiltered: fc.boolean()
    })
    fc.assert(
      fc.property(given, ({ times, workers, limit, seed, isFiltered }) => {
        const first = openSlice(isFiltered ? 0 : undefined)
        const { out, most, left, emitted } = play(times, first, workers, limit, chanceOf(seed))
        const wanted = times.flatMap((each, id) => (isFiltered && Number.isNaN(each) ? [] : [id]))
        expect([...out.keys()].sort((a, b) => a - b)).toEqual(wanted)
        expect(most).toBeLessThanOrEqual(Math.max(workers, 2))
        expect(left.unfinished.size).toBe(0)
        expect(emitted.unfinished.size).toBe(0)
      }),
      { numRuns: 300 }
    )
  })

  it("costs no page more where there is one worker, and is split where there are many", () => {
    const times = Array.from({ length: 1000 }, (_, id) => id * 500)
    expect(play(times, openSlice(0), 1, 10, chanceOf(1)).pages).toBe(100)
    const { most, pages, out } = play(times, openSlice(0), 8, 10, chanceOf(1))
    expect(most).toBe(8)
    expect(pages).toBeLessThanOrEqual(1.03 * 100 + 8 + 4)
    expect(out.size).toBe(1000)
    expect([...out.values()].every((count) => count === 1)).toBe(true)
  })
})
