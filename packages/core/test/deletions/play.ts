import { type Chance, chanceOf } from "../table.ts"
import { Adversary } from "./adversary.ts"
import { wrongs } from "./checks.ts"
import { Company } from "./company.ts"
import { History, type Reader, type RunSettings } from "./history.ts"
import { KINDS } from "./kinds.ts"
import { Server } from "./server.ts"
import { Simulation } from "./simulation.ts"

const NOW_MS = 1_750_000_000_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Whether each run of a history tracks deletions: always, from some run on, or not for a while. */
const trackedIn = (chance: Chance, runs: number): ReadonlyArray<boolean> => {
  const way = chance.next()
  const from = chance.between(1, runs - 1)
  const again = chance.between(from, runs)
  return Array.from({ length: runs }, (_, run) =>
    way < 0.65 ? true : way < 0.8 ? run >= from : run < from || run >= again
  )
}

const endOf = (chance: Chance): Partial<RunSettings> => {
  const way = chance.next()
  if (way < 0.3) return { killAfter: chance.between(0, 60) }
  if (way < 0.42) return { stopAfter: chance.between(0, 40) }
  if (way < 0.5) return { tokens: chance.between(5, 400) }
  return {}
}

export interface Played {
  readonly wrongs: ReadonlyArray<string>
  readonly trace: ReadonlyArray<string>
  readonly tombstones: number
}

interface PlayOptions {
  /** Whether rows are edited and added alone. */
  readonly mild?: boolean
  /** Another reader than the source's own. */
  readonly reader?: (history: History, server: Server) => Reader
}

const seedOf = (chance: Chance): number | undefined =>
  chance.is(0.05)
    ? undefined
    : NOW_MS - (chance.is(0.2) ? chance.between(0, 200) * 1000 : chance.between(100, 300 * 86_400) * 1000)

/** One history of a kind of rows from a seed: some runs while people change rows, then one over a quiet company. */
export const play = async (
  kindName: string,
  seed: number,
  { mild = false, reader }: PlayOptions = {}
): Promise<Played> => {
  const chance = chanceOf(seed)
  const kind = (KINDS[kindName] as (typeof KINDS)[string])(chance.between(3, 9))
  const nature = kind.nature(chance)
  const sim = new Simulation(NOW_MS)
  const company = new Company(nature, NOW_MS)
  const parents =
    kind.parents === undefined ? undefined : new Company({ ...nature, times: "v2", ids: "integers" }, NOW_MS)
  for (let i = chance.between(1, 8); i > 0; i--) parents?.seed(NOW_MS - chance.between(100, 300 * 86_400) * 1000)
  const parentIds = [...(parents?.rows.keys() ?? [])]
  const isBig = chance.is(0.05)
  for (let i = isBig ? chance.between(101, 250) : chance.between(0, 30); i > 0; i--) {
    const time = seedOf(chance)
    company.seed(nature.times === "v2" && parents === undefined ? time : (time ?? NOW_MS - DAY_MS), {
      archived: nature.archives && chance.is(0.3),
      ...(parents !== undefined && { parent: chance.pick(parentIds) })
    })
  }
  company.refusals = kind.proof === "ids" ? 0.01 : 0
  const adversary = new Adversary(company, parents, chance, mild)
  sim.passed = adversary.passed
  const server = new Server(kind, company, parents, sim, chance)
  server.faults = chance.pick([0, 0, 0.01, 0.05])
  const history = new History(kind, company, server, sim, chance)
  if (reader !== undefined) history.reader = reader(history, server)
  const startMs =
    chance.is(0.25) && kind.proof !== "whole" && kind.proof !== "sweeps" ? NOW_MS - 100 * DAY_MS : undefined
  const common = {
    workers: chance.pick([1, 2, 4]),
    startDate: startMs === undefined ? undefined : new Date(startMs).toISOString().replace(".000", "")
  }
  const tracked = trackedIn(chance, chance.between(3, 6))
  for (const isTracked of tracked) {
    await history.run({ ...common, ...endOf(chance), tracked: isTracked, allow: chance.is(0.8) })
    sim.pass(chance.pick([0, 5000, 61_000, HOUR_MS, 25 * HOUR_MS, 25 * HOUR_MS, chance.between(1, 35) * DAY_MS]))
  }
  adversary.quiet = true
  company.refusals = 0
  server.faults = 0
  // What was cut short is read to its end; the run after it begins a read of its own, and a list.
  for (let left = kind.proof === "sweeps" ? 3 : 2; left > 0; left--) {
    sim.pass(25 * HOUR_MS)
    // A refused cursor may end a stream; the run after it goes on.
    for (let tries = 3; tries > 0; tries--) {
      const errors = await history.run({ ...common, tracked: true, allow: true })
      if (errors === undefined || errors.size === 0) break
      if (tries === 1) history.wrongs.push(...[...errors.values()].map(({ message }) => `never ends: ${message}`))
    }
  }
  return {
    wrongs: [...history.wrongs, ...wrongs(history.copies, company, startMs)],
    trace: company.trace,
    tombstones: company.trace.filter((line) => line.includes("_ab_cdc_deleted_at") && line.includes(" LINE ")).length
  }
}
