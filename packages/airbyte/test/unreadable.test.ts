import {
  columns as c,
  cursorPages,
  definePlugin,
  defineStream,
  ofChangedParents,
  PERIOD,
  type Plugin,
  perParent,
  singlePage,
  snapshot
} from "@pipedrive-source/core"
import {
  decodeConfig,
  defaultRetryPolicy,
  type Event,
  type JsonObject,
  makeSource,
  readSource
} from "@pipedrive-source/core/reader"
import { crm } from "@pipedrive-source/crm"
import { products } from "@pipedrive-source/products"
import { projects } from "@pipedrive-source/projects"
import { Effect, Result } from "effect"
import { type Emulator, type EmulatorOptions, startEmulator } from "pipedrive-emulator"
import { expect, it, onTestFinished } from "vitest"
import { makeNetwork } from "../src/fetch.ts"

const HOUR_MS = 3_600_000
const LONGEST_STATE = 256 * 1024

const start = async (options: EmulatorOptions): Promise<Emulator> => {
  const emulator = await startEmulator({ burstLimit: 1_000_000, dailyTokens: 10_000_000, ...options })
  onTestFinished(() => emulator.close())
  return emulator
}

/** Reads one stream over and over, each time from the state of the time before. */
const stream = (emulator: Emulator, plugins: ReadonlyArray<Plugin>, name: string) => {
  const source = Result.getOrThrow(makeSource(plugins))
  const { config } = Result.getOrThrow(
    decodeConfig({ credentials: { auth_type: "api_token", api_token: emulator.apiToken }, base_url: emulator.url })
  )
  let state: JsonObject | undefined
  return async () => {
    const ids: Array<string> = []
    const texts: Array<string> = []
    const sizes: Array<number> = []
    const warnings: Array<string> = []
    let error: Extract<Event, { _tag: "Ended" }>["error"]
    emulator.clearRequests()
    const network = makeNetwork(3)
    await Effect.runPromise(
      readSource({
        source,
        config,
        selection: [{ stream: name, mode: "incremental" }],
        states: new Map(state === undefined ? [] : [[name, state]]),
        send: network.send,
        retryPolicy: { ...defaultRetryPolicy, tries: 3, firstDelayMs: 1, longestDelayMs: 1 },
        emit: (event) =>
          Effect.sync(() => {
            if (event._tag === "Checkpoint") {
              state = event.state
              sizes.push(Buffer.byteLength(JSON.stringify(event.state)))
            }
            if (event._tag === "Ended") error = event.error
            if (event._tag === "Log" && event.level === "WARN") warnings.push(event.message)
            if (event._tag !== "Records") return
            const { added, bytes, spans } = event.rows
            for (let row = 0; row * 2 < spans.length; row++) {
              const own = Buffer.from(bytes.subarray(spans[2 * row], spans[2 * row + 1])).toString()
              const text = added?.[row] ? `${own.slice(0, -1)},${added[row]}}` : own
              texts.push(text)
              const value = JSON.parse(text) as Record<string, unknown>
              ids.push(String(value["deal_id"] ?? value["project_id"] ?? value["id"]))
            }
          })
      })
    )
    network.close()
    const asked = emulator.requests.map(
      ({ path, query }) => `${path}${query["deal_ids"] ? `?${query["deal_ids"]}` : ""}`
    )
    return { ids, texts, error, warnings, asked, state: state as JsonObject, longest: Math.max(0, ...sizes) }
  }
}

it("halves a bulk request down to the deal that cannot be read", async () => {
  const emulator = await start({ size: { deals: 150, dealProducts: 300 } })
  const read = stream(emulator, [crm, products], "deal_products")
  const whole = new Set((await stream(emulator, [crm, products], "deal_products")()).ids)
  const [, bad] = [...whole]
  const heal = emulator.fault({ kind: "nullBody", ids: [bad as string], path: "v2/deals/products" })
  const first = await read()
  expect(first.error).toMatchObject({ _tag: "TransientError" })
  expect(first.error?.message).toContain(`1 parent: ${bad} after `)
  expect(new Set(first.ids)).toEqual(new Set([...whole].filter((id) => id !== bad)))
  // Three tries of the batch, then two of each half that has it.
  expect(first.asked.filter((path) => path.startsWith("v2/deals/products")).length).toBeLessThan(35)
  const second = await read()
  expect(second.asked.filter((path) => path.startsWith("v2/deals/products"))).toEqual([
    `v2/deals/products?${bad}`,
    `v2/deals/products?${bad}`
  ])
  emulator.clock.advance(25 * HOUR_MS)
  const swept = await read()
  expect(swept.error?.message).toContain(`1 parent: ${bad} after `)
  const withBad = swept.asked.filter((path) =>
    path
      .split("?")[1]
      ?.split(",")
      .includes(bad as string)
  )
  expect(withBad).toEqual([`v2/deals/products?${bad}`, `v2/deals/products?${bad}`])
  heal()
  const last = await read()
  expect([last.error, new Set(last.ids)]).toEqual([undefined, new Set([bad])])
})

const soldFollowers = defineStream({
  name: "followers_of_sold_products",
  path: "v2/products/{id}/followers",
  docs: "https://developers.pipedrive.com/docs/api/v1/Products#getProductFollowers",
  tokens: 10,
  scope: "products:read",
  columns: { sold_product_id: c.integer, user_id: c.integer },
  primaryKey: ["sold_product_id", "user_id"],
  paging: cursorPages(),
  changes: ofChangedParents({ sweep: "none" }),
  parents: perParent("deal_products", "sold_product_id", { key: "product_id" })
})

it.each([
  ["a product's followers", /^v2\/products\/\d+\/followers$/, "sold_product_id"],
  ["the products of a deal", "v2/deals/products", "deal_id"]
] as const)("asks again for %s on the way to children of children", async (_, path, column) => {
  const emulator = await start({ size: { deals: 60, products: 20, dealProducts: 90, productFollowers: 60 } })
  const plugins = [crm, products, definePlugin({ name: "mine", streams: [soldFollowers] })]
  const whole = new Set((await stream(emulator, plugins, "followers_of_sold_products")()).texts)
  const parents = column === "deal_id" ? (await stream(emulator, plugins, "deal_products")()).ids : undefined
  const bad = parents?.[0] ?? (JSON.parse([...whole][0] as string) as Record<string, number>)[column]
  const read = stream(emulator, plugins, "followers_of_sold_products")
  const heal = emulator.fault({ kind: "status", status: 504, path, ids: [bad as number] })
  const broken = await read()
  expect(broken.error?.message).toContain(`1 parent: ${bad} after `)
  heal()
  const rest = await read()
  expect(rest.error).toBeUndefined()
  const keyOf = (text: string) => {
    const { sold_product_id, user_id } = JSON.parse(text) as Record<string, number>
    return `${sold_product_id}/${user_id}`
  }
  expect(new Set([...broken.texts, ...rest.texts].map(keyOf))).toEqual(new Set([...whole].map(keyOf)))
  expect(rest.asked.length).toBeLessThan(broken.asked.length)
})

it("asks again only for the children that could not be read of a list that is still fresh", async () => {
  const emulator = await start({ size: { filters: 6 } })
  const read = stream(emulator, [crm], "filter_conditions")
  const [, bad] = emulator.ids("v1/filters").map(String)
  const listed = ({ asked }: { readonly asked: ReadonlyArray<string> }) =>
    new Set(asked.filter((path) => path !== "v1/users/me"))
  const heal = emulator.fault({ kind: "status", status: 504, path: `v1/filters/${bad}` })
  const first = await read()
  expect([first.error?._tag, first.ids.length]).toEqual(["TransientError", 5])
  const second = await read()
  expect(second.error?.message).toContain(`1 parent: ${bad} after 2 tries (504: `)
  expect(listed(second)).toEqual(new Set(["v1/filters", `v1/filters/${bad}`]))
  heal()
  const third = await read()
  expect([third.error, third.ids]).toEqual([undefined, [bad]])
  expect(listed(third)).toEqual(new Set(["v1/filters", `v1/filters/${bad}`]))
  expect((await read()).asked).not.toContain(`v1/filters/${bad}`)
  emulator.clock.advance(25 * HOUR_MS)
  expect((await read()).ids).toEqual([])
})

it("keeps a state of bounded size for the children of many projects, and loses none", async () => {
  const emulator = await start({ size: { projects: 12_800, projectChanges: 40 } })
  const read = stream(emulator, [projects], "project_changelog")
  const first = await read()
  expect(first.error).toBeUndefined()
  expect(first.longest).toBeLessThanOrEqual(LONGEST_STATE)
  emulator.clock.advance(2 * HOUR_MS)
  const idle = await read()
  expect(idle.asked.filter((path) => path.endsWith("/changelog"))).toEqual([])
  const [edited] = emulator.ids("v2/projects").map(String).slice(7)
  emulator.edit("v2/projects", [edited as string])
  emulator.clock.advance(2 * HOUR_MS)
  const heal = emulator.fault({ kind: "nullBody", path: `v2/projects/${edited}/changelog` })
  const failed = await read()
  expect(failed.error?.message).toContain(`1 parent: ${edited} after `)
  heal()
  const again = await read()
  expect(again.error).toBeUndefined()
  expect(again.asked).toContain(`v2/projects/${edited}/changelog`)
  expect(Math.max(failed.longest, again.longest)).toBeLessThanOrEqual(LONGEST_STATE)
  // Its whole bucket came with it, one of 4,096.
  expect(failed.asked.filter((path) => path.endsWith("/changelog")).length).toBeLessThan(40)
})

const goalList = defineStream({
  name: "goals",
  path: "v1/goals/find",
  docs: "https://developers.pipedrive.com/docs/api/v1/Goals#getGoals",
  tokens: 20,
  scope: "goals:read",
  columns: { id: c.text, duration: c.objectOf({ start: c.text, end: c.text }) },
  primaryKey: ["id"],
  paging: singlePage(),
  query: { "type.name": "deals_won", is_active: "true" },
  rows: "goals",
  changes: snapshot()
})

const goalResults = defineStream({
  name: "goal_results",
  path: "v1/goals/{id}/results",
  docs: "https://developers.pipedrive.com/docs/api/v1/Goals#getGoalResult",
  tokens: 20,
  scope: "goals:read",
  columns: { goal_id: c.text, progress: c.number },
  primaryKey: ["goal_id", PERIOD],
  paging: singlePage(),
  changes: snapshot(),
  parents: perParent("goals", "goal_id", {
    period: {
      start: { column: "duration.start", parameter: "period.start" },
      end: { column: "duration.end", parameter: "period.end" }
    }
  })
})

it.each(['2024-01-01","injected":"yes', "2024-01-01\n", "2024-1-1", "soon", 20240101])(
  "writes no row for a goal that starts at %j, names it, and reads the others",
  async (odd) => {
    const emulator = await start({ size: { goals: 30 } })
    const list = "v1/goals/find?type.name=deals_won&is_active=true"
    const [first, second, ...others] = emulator.ids(list).map(String)
    emulator.edit(list, [first as string], { duration: { start: odd, end: null } })
    emulator.edit(list, [second as string], { duration: { start: "2026-01-01", end: odd } })
    const read = stream(emulator, [definePlugin({ name: "mine", streams: [goalList, goalResults] })], "goal_results")
    const broken = await read()
    expect(broken.error?._tag).toBe("SystemError")
    expect(broken.error?.message).toContain("2 parents: ")
    expect(broken.error?.message).toContain(`${first} (duration.start is no date: `)
    expect(broken.error?.message).toContain(`${second} (duration.end is no date: `)
    expect(broken.texts.length).toBe(others.length)
    for (const text of broken.texts) expect([text.includes("\n"), text.includes("injected")]).toEqual([false, false])
    for (const id of [first, second]) expect(broken.asked).not.toContain(`v1/goals/${id}/results`)
    emulator.edit(list, [first as string, second as string], { duration: { start: "2026-01-01", end: null } })
    const mended = await read()
    expect([mended.error, mended.texts.length]).toEqual([undefined, 2])
  }
)
