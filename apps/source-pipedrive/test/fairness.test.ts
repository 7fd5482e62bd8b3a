import { type Emulator, startEmulator } from "pipedrive-emulator"
import { expect, it, onTestFinished } from "vitest"
import { type Connection, connect, run } from "./command.ts"

const lists = [
  ...["deals", "deals_archived", "persons", "organizations", "activities", "products", "leads", "notes", "files"],
  ...["pipelines", "stages", "users", "filters", "activity_types", "lead_labels", "currencies"]
]
const children = ["deal_flow", "deal_changelog", "person_flow", "organization_flow"]

const connected = async (emulator: Emulator, workers: number): Promise<Connection> => {
  const connection = await connect(emulator, { num_workers: workers })
  onTestFinished(async () => {
    await connection.remove()
    await emulator.close()
  })
  return connection
}

/** Reads streams incrementally; tells which were complete, and what the next read goes on from. */
const read = async (connection: Connection, names: ReadonlyArray<string>, state: ReadonlyArray<unknown> = []) => {
  const streams = (await connection.discover()).filter(({ name }) => names.includes(name))
  const complete = new Set<string>()
  const states = new Map<string, unknown>()
  const rows = new Map<string, Set<string>>()
  await run(
    [
      ...["read", "--config", connection.config, "--catalog", await connection.catalog(streams, "incremental")],
      ...["--state", await connection.save("state.json", state)]
    ],
    (message) => {
      const status = message.trace?.stream_status
      if (status?.status === "COMPLETE") complete.add(status.stream_descriptor.name)
      if (message.state !== undefined) states.set(message.state.stream.stream_descriptor.name, message.state)
      if (message.record === undefined) return undefined
      const { data, stream } = message.record
      const key = JSON.stringify([data["id"], data["deal_id"], data["user_id"]])
      rows.set(stream, (rows.get(stream) ?? new Set()).add(key))
      return undefined
    }
  )
  return { complete, rows, states: [...states.values()] }
}

it.each([1, 3, 10])(
  "reads every list on the first day, before children that cost a request each, with %i workers",
  async (workers) => {
    const emulator = await startEmulator({
      burstLimit: 1_000_000,
      dailyTokens: 6_000,
      size: { deals: 8_000, persons: 6_000, organizations: 6_000, activities: 10_000, products: 2_000, files: 2_000 }
    })
    const connection = await connected(emulator, workers)
    const first = await read(connection, [...lists, ...children])
    expect(lists.filter((name) => !first.complete.has(name))).toEqual([])
    // What is left of the day is shared by the children.
    expect(emulator.tokensLeft()).toBeLessThan(40)
    for (const name of children) expect(first.rows.get(name)?.size ?? 0, name).toBeGreaterThan(0)
    expect(children.filter((name) => first.complete.has(name))).toEqual([])

    const asked = () =>
      emulator.requests.map(({ path }) => path).filter((path) => /[0-9]\/(flow|changelog)$/.test(path))
    const before = new Set(asked())

    emulator.clock.advance(86_400_000)
    emulator.clearRequests()
    const second = await read(connection, [...lists, ...children], first.states)
    expect(lists.filter((name) => !second.complete.has(name))).toEqual([])
    // Each goes on behind the parents of the first day; those that a day's end met halfway come again.
    for (const kind of ["deals/", "persons/", "organizations/"]) {
      const paths = asked().filter((path) => path.includes(kind))
      expect(paths.length, kind).toBeGreaterThan(10)
      expect(paths.filter((path) => before.has(path)).length, kind).toBeLessThanOrEqual(2 * workers)
    }
  }
)

it.each([
  ["first read together with its list", false],
  ["added to a list that has been read", true]
])("reads all children of more parents than can be noted: %s", async (_, isAdded) => {
  const emulator = await startEmulator({
    burstLimit: 1_000_000,
    dailyTokens: 1_000_000_000,
    size: { deals: 9_000, dealFollowers: 30_000 }
  })
  // One worker never splits a list, so that its pages can be counted.
  const connection = await connected(emulator, 1)
  const before = isAdded ? await read(connection, ["deals", "deals_archived"]) : undefined
  emulator.clearRequests()
  const { complete, rows } = await read(connection, ["deals", "deals_archived", "deal_followers"], before?.states)
  expect([...complete].sort()).toEqual(["deal_followers", "deals", "deals_archived"])
  const parents = ["v2/deals", "v2/deals/archived"].map((path) => emulator.ids(path, { status: "open,won,lost" }))
  expect(parents[0]?.length).toBeGreaterThan(6_000)
  const followers = parents.flat().flatMap((id) => emulator.ids(`v2/deals/${id}/followers`)).length
  expect(rows.get("deal_followers")?.size).toBe(followers)
  // The list once more from where the noted parents end; for those of a list that has been read, no further before.
  const pages = emulator.requests.filter(({ path, query }) => path === "v2/deals" && query["limit"] === "500")
  const whole = Math.ceil(emulator.ids("v2/deals", { status: "open,won,lost,deleted" }).length / 500)
  expect(pages.length).toBeGreaterThan(whole)
  expect(pages.length).toBeLessThan(isAdded ? whole + 5 : 1.8 * whole)
  expect(rows.get("deals")?.size ?? 0).toBeLessThan(isAdded ? 100 : Number.POSITIVE_INFINITY)
})

it("asks an hour later for archived deals that are read for their children alone", async () => {
  const emulator = await startEmulator({ burstLimit: 1_000_000, size: { deals: 1_000, dealProducts: 2_000 } })
  const connection = await connected(emulator, 3)
  const names = ["deals", "deal_products"]
  const paths = () => emulator.requests.map(({ path }) => path)
  const first = await read(connection, names)
  expect(paths()).toContain("v2/deals/archived")

  emulator.clock.advance(120_000)
  const settled = await read(connection, names, first.states)
  emulator.clearRequests()
  const spent = emulator.tokensSpent()
  const idle = await read(connection, names, settled.states)
  expect(emulator.tokensSpent() - spent).toBeLessThanOrEqual(20)
  expect(paths()).not.toContain("v2/deals/archived")
  expect([...idle.complete].sort()).toEqual(names.toSorted())

  emulator.clock.advance(3_600_000)
  await read(connection, names, idle.states)
  expect(paths()).toContain("v2/deals/archived")

  emulator.clearRequests()
  await read(connection, [...names, "deals_archived"], idle.states)
  expect(paths()).toContain("v2/deals/archived")
})
