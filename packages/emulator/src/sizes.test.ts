import fc from "fast-check"
import { expect, it } from "vitest"
import { type Emulator, listEndpoints, startEmulator, TABLES, type Table } from "./index.ts"

type Sizes = Partial<Record<Table, number>>

/** Parameters an endpoint is asked with: those it needs, and those that make more of its rows. */
const QUERIES: Readonly<Record<string, string>> = {
  "v1/goals/find": "type.name=deals_won",
  "v1/goals/{id}/results": "period.start=2026-01-01&period.end=2026-02-01",
  "v1/mailbox/mailThreads": "folder=inbox",
  "v1/organizationRelationships": "org_id=1",
  "v2/activities": "include_fields=attendees",
  "v2/deals": "include_option_labels=true&include_labels=true",
  "v2/deals/installments": "deal_ids=1,2,3,75",
  "v2/deals/products": "deal_ids=1,2,3,75",
  "v2/phases": "board_id=1"
}

/** First ids that each kind of parent has, of users, of mails and of those named by a text. */
const idsOf = async (emulator: Emulator, path: string): Promise<ReadonlyArray<number | string>> => {
  const parent = path.split("/{id}")[0] ?? ""
  const lists: Readonly<Record<string, string>> = {
    "v1/goals": "v1/goals/find?type.name=deals_won",
    "v1/mailbox/mailThreads": "v1/mailbox/mailThreads?folder=inbox",
    "v1/mailbox/mailMessages": "",
    "v2/users": "v1/users"
  }
  const entity = parent.replace(/^v[12]\//, "")
  const isSecond = ["deals", "persons", "organizations", "products", "activities", "projects"].includes(entity)
  const list = lists[parent] ?? (isSecond ? `v2/${entity}` : parent)
  return [1, 999_999, ...(list === "" ? [] : emulator.ids(list).slice(0, 3))]
}

const decoder = new TextDecoder("utf-8", { fatal: true })

/** Everything that is wrong with the answers of a company of these sizes. */
const problemsOf = async (size: Sizes): Promise<ReadonlyArray<string>> => {
  const emulator = await startEmulator({ burstLimit: false, dailyTokens: 1e9, size })
  const problems: Array<string> = []
  try {
    const ask = async (path: string, query = ""): Promise<void> => {
      const url = `${emulator.url}${path.startsWith("v2/") ? "/api/" : "/"}${path}${query === "" ? "" : `?${query}`}`
      const answer = await fetch(url, { headers: { "x-api-token": emulator.apiToken } })
      const text = decoder.decode(await answer.arrayBuffer())
      const tell = (what: string): number => problems.push(`${path} ${answer.status} ${what}`)
      if (!/^application\/json/.test(answer.headers.get("content-type") ?? "")) tell("is not sent as JSON")
      if (answer.status >= 500) tell(text)
      try {
        JSON.parse(text)
      } catch (error) {
        tell(String(error))
      }
      const odd = /NaN|undefined|"(?:id|value|\w+_id)":-1/.exec(text)
      if (odd !== null) tell(text.slice(Math.max(0, odd.index - 60), odd.index + 30))
    }
    for (const { path } of listEndpoints())
      for (const id of path.includes("{id}") ? await idsOf(emulator, path) : [""])
        await ask(path.replace("{id}", String(id)), QUERIES[path])
    await ask("v1/nothing")
  } finally {
    await emulator.close()
  }
  return problems
}

const all = (rows: number): Sizes => Object.fromEntries(TABLES.map((name) => [name, rows]))

it.each<[string, Sizes]>([
  ["no users", { users: 0 }],
  ["no persons", { persons: 0 }],
  ["no rows at all", all(0)],
  ["one row of each table", all(1)],
  ["one row of each table and no users", { ...all(1), users: 0 }]
])("a company with %s is answered for in JSON alone", async (_, size) => {
  expect(await problemsOf(size)).toEqual([])
})

it("a company of any sizes is answered for in JSON alone", async () => {
  const rows = fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 2, max: 40 }))
  const sizes = fc.record(Object.fromEntries(TABLES.map((name) => [name, rows])), { requiredKeys: [] })
  await fc.assert(
    fc.asyncProperty(sizes, async (size) => {
      expect(await problemsOf(size)).toEqual([])
    }),
    { numRuns: 25, seed: 17 }
  )
})

it("the token's user answers even where no user is listed, and is the first to be listed", async () => {
  const emulator = await startEmulator({ size: { users: 0 } })
  try {
    const headers = { "x-api-token": emulator.apiToken }
    const answer = await fetch(`${emulator.url}/v1/users/me`, { headers })
    const me = (await answer.json()) as { readonly data: { readonly id: number } }
    expect(me.data).toMatchObject({ name: expect.any(String), role_id: 1, is_you: true })
    expect(emulator.ids("v1/users")).toEqual([])
    emulator.insert("v1/users", 1)
    expect(emulator.ids("v1/users")).toEqual([me.data.id])
  } finally {
    await emulator.close()
  }
})

it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("a size of %s is refused", async (users) => {
  await expect(startEmulator({ size: { users } })).rejects.toThrow("size.users has to be a whole number")
})
