import { join } from "node:path"
import {
  edit,
  insert,
  type Random,
  random,
  remove,
  stamp,
  type TrueRow,
  truthOf
} from "@pipedrive-source/contract/expected"
import { type Toggle, withOptions } from "@pipedrive-source/core"
import { makeSource } from "@pipedrive-source/core/reader"
import * as Result from "effect/Result"
import { type Emulator, type EmulatorOptions, startEmulator } from "pipedrive-emulator"
import { expect, it, onTestFinished } from "vitest"
import { plugins } from "../src/plugins.ts"
import { makePersonFolder, type PersonFolder } from "./person-folder.ts"
import { differences } from "./tables.ts"

const source = Result.getOrThrow(makeSource(plugins))

/** A dozen records of each kind. */
const SMALL: EmulatorOptions["size"] = {
  ...{ users: 4, deals: 24, persons: 12, organizations: 8, activities: 12, products: 8, leads: 12, notes: 9, files: 9 },
  ...{ filters: 4, callLogs: 5, noteComments: 8, dealFollowers: 9, personFollowers: 7, organizationFollowers: 7 },
  ...{ productFollowers: 7, userFollowers: 6, dealParticipants: 9, relationships: 5, variations: 8, images: 5 },
  ...{ dealProducts: 12, installments: 10, discounts: 6, goals: 6, mailThreads: 10, mailMessages: 20, projects: 8 },
  ...{ tasks: 7, pictures: 5, dealChanges: 24, personChanges: 14, organizationChanges: 12 }
}

/** Fields of one name and of no name, of every type, with values that do not fit. */
const ODD: EmulatorOptions["customFields"] = { rareTypes: true, oddNames: true, oddValues: true }

const MINUTE_MS = 60_000
const DAY_MS = 25 * 60 * MINUTE_MS
const KILLS = 10
const SYNC = ["sync", "--to", "x.duckdb"]

const openCompany = async (): Promise<Emulator> => {
  const emulator = await startEmulator({
    burstLimit: 1_000_000,
    dailyTokens: 100_000_000,
    size: SMALL,
    customFields: ODD
  })
  onTestFinished(() => emulator.close())
  return emulator
}

const hasId = (row: TrueRow): row is TrueRow & { readonly id: string | number } => row.id !== undefined

/** Adds a row to every list, takes one away, and touches all others, so that each is to be read again. */
const changeAll = (emulator: Emulator): void => {
  const lists = source.streams.filter(({ parents }) => parents === undefined)
  const children = source.streams.filter(({ parents }) => parents !== undefined)
  for (const stream of [...children, ...lists]) {
    const rows = truthOf(emulator, source, stream).filter(hasId)
    const [first, second] = rows
    if (first !== undefined) insert(emulator, first.list, 1)
    if (second !== undefined) remove(emulator, second.list, [second.id])
  }
  for (const stream of lists)
    for (const { id, list } of truthOf(emulator, source, stream).filter(hasId))
      edit(emulator, list, [id], stamp(stream, emulator.clock.now()))
}

/** Syncs until it is killed, by turns while it reads and while it writes. */
const killedSync = async (folder: PersonFolder, emulator: Emulator, kill: number, chance: Random): Promise<void> => {
  const running = folder.start(...SYNC)
  let left = 1 + chance.below(kill % 2 === 0 ? 200 : 60)
  const count = (): void => {
    if (--left === 0) running.kill()
  }
  const stop = kill % 2 === 0 ? emulator.onRequest(count) : folder.onChange("x.duckdb.wal", count)
  await running.ended
  stop()
  // Nothing else shows their subjects.
  emulator.edit("v2/activities", emulator.ids("v2/activities").slice(kill % 5, 6))
}

it("tables hold every row of every stream as it is, whatever happened before", { timeout: 1_800_000 }, async () => {
  const emulator = await openCompany()
  const folder = makePersonFolder()
  const wrong = () => {
    const { streams } = folder.readJson("catalog.json")
    const { mail_bodies } = folder.readJson("pipedrive.json")
    const on = new Set<Toggle>(mail_bodies === true ? ["mail_bodies"] : [])
    const asked = { ...source, streams: source.streams.map((stream) => withOptions(stream, on)) }
    return differences(join(folder.path, "x.duckdb"), emulator, asked, streams)
  }
  await folder.run("init", "--api-token", emulator.apiToken, "--base-url", emulator.url, "--streams", "all", "--raw")
  folder.write("pipedrive.json", { ...folder.readJson("pipedrive.json"), num_workers: 10 })
  const chance = random(Number(process.env["SEED"] ?? 1))
  for (let kill = 0; kill < KILLS; kill++) await killedSync(folder, emulator, kill, chance)
  await folder.run(...SYNC)
  expect(await wrong()).toEqual([])

  emulator.clock.advance(DAY_MS)
  changeAll(emulator)
  // Changes are looked for a minute later, and what is gone from children by two daily sweeps.
  emulator.onRequest(() => emulator.clock.advance(MINUTE_MS))
  folder.write("pipedrive.json", { ...folder.readJson("pipedrive.json"), custom_fields: "named", mail_bodies: true })
  for (let day = 0; day < 2; day++) {
    await folder.run(...SYNC)
    emulator.clock.advance(DAY_MS)
  }
  expect(await wrong()).toEqual([])
  expect(folder.readJson("catalog.json").streams[0].stream.json_schema.properties).toHaveProperty("labels")
})
