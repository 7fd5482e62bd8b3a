import type { HttpAnswer, SendHttp } from "../../src/http/port.ts"
import type { Said } from "../port.ts"
import type { Chance } from "../table.ts"
import { type Company, placeOf, type Query } from "./company.ts"
import type { Kind } from "./kinds.ts"
import type { Simulation } from "./simulation.ts"

const encoder = new TextEncoder()

/** Answers that say nothing of any row; for v1, `null` in the place of a list is the empty list. */
const NO_LIST: Said = { body: { success: true, data: null } }
const FAULTS: ReadonlyArray<Said> = [
  { status: 502, body: "<html>bad gateway</html>" },
  { status: 500, body: { success: false, error: "internal error", data: null } },
  { status: 429, body: { success: false, error: "request over limit", errorCode: 429 } },
  NO_LIST,
  { body: { success: false, error: "try again", data: null } },
  { body: "<html>are you a robot?</html>" },
  { body: '{"success":true,"data":[' }
]

/** Companies behind their API: answers take a while, tokens run out, and who was asked for by id is noted. */
export class Server {
  readonly company: Company
  readonly parents: Company | undefined
  readonly trace: Array<string> = []
  /** Tokens left of the day; undefined where nobody counts. */
  tokens: number | undefined
  /** When a row was last asked for by its id in its own list, whether it was there, and when it last was not. */
  readonly asked = new Map<string, { readonly atMs: number; readonly there: boolean; readonly absentMs: number }>()
  /** Share of requests that get no usable answer. */
  faults = 0
  readonly #kind: Kind
  readonly #sim: Simulation
  readonly #chance: Chance
  readonly #slowMs: number

  constructor(kind: Kind, company: Company, parents: Company | undefined, sim: Simulation, chance: Chance) {
    this.#kind = kind
    this.company = company
    this.parents = parents
    this.#sim = sim
    this.#chance = chance
    this.#slowMs = chance.pick([200, 2000, 6000])
  }

  #list(list: "list" | "archive", query: Query): Said {
    const answer = this.company.list(list, query, this.#chance)
    for (const id of query["ids"]?.split(",") ?? []) this.#note(list, id)
    return answer
  }

  #note(list: "list" | "archive", id: string): void {
    const row = this.company.seen.get(id)
    const key = `${list} ${id}`
    const atMs = this.#sim.nowMs
    const there = row !== undefined && placeOf(row) === list
    const absentMs = there ? (this.asked.get(key)?.absentMs ?? Number.NEGATIVE_INFINITY) : atMs
    this.asked.set(key, { atMs, there, absentMs })
  }

  #answer(path: string, query: Query): Said {
    if (path === "v1/users/me")
      return { body: { success: true, data: { id: 1, name: "Ada", company_id: 7, company_name: "Acme" } } }
    for (const { list, stream } of this.#kind.streams) {
      if (path === stream.path) return this.#list(list, query)
    }
    for (const { path: parents } of this.#kind.parents ?? []) {
      if (path === parents) return (this.parents ?? this.company).list("list", query, this.#chance)
    }
    const [, single = "", id] = /^(v1\/[a-z]+)\/([^/]+)$/.exec(path) ?? []
    if (id === undefined || !this.#kind.streams.some(({ stream }) => stream.path === single))
      return { status: 404, body: { success: false, error: `no list at ${path}` } }
    for (const { list } of this.#kind.streams) this.#note(list, id)
    return this.company.one(id)
  }

  #say(url: string): Said {
    const { pathname, searchParams } = new URL(url)
    const path = pathname.replace(/^.*\/(?=v[12]\/)/, "")
    if (this.tokens !== undefined) {
      if (this.tokens <= 0) {
        const body = { success: false, error: "daily request budget exceeded", errorCode: 429 }
        return { status: 429, body, headers: { "retry-after": "30000" } }
      }
      this.tokens -= path.split("/").length > 2 ? 2 : 10
    }
    const said = this.#chance.is(this.faults)
      ? this.#chance.pick(
          this.#kind.proof === "whole" && path.startsWith("v1/") ? FAULTS.filter((said) => said !== NO_LIST) : FAULTS
        )
      : this.#answer(path, Object.fromEntries(searchParams))
    const text = typeof said.body === "string" ? said.body : JSON.stringify(said.body)
    this.company.note(`GET ${path}?${searchParams} -> ${said.status ?? 200} ${text.slice(0, 4000)}`)
    return said
  }

  get send(): SendHttp {
    return ({ url }, _bounds, signal) =>
      new Promise<HttpAnswer>((resolve, reject) => {
        let said: Said | undefined
        let date = ""
        const half = this.#chance.between(20, this.#slowMs) / 2
        // What the answer says is so in the middle of the wait.
        const cancel = this.#sim.after(half, () => {
          said = this.#say(url)
          date = new Date(this.#sim.nowMs).toUTCString()
          this.#sim.after(half, () => resolve(answerOf(said ?? {}, date, this.tokens)))
        })
        signal.addEventListener("abort", () => {
          cancel()
          reject(new Error("aborted"))
        })
      })
  }
}

const answerOf = (said: Said, date: string, tokens: number | undefined): HttpAnswer => {
  const headers: { readonly [name: string]: string | undefined } = {
    date,
    "x-ratelimit-limit": "1000000",
    "x-ratelimit-remaining": "1000000",
    ...(tokens !== undefined && {
      "x-daily-ratelimit-token-limit": "30000",
      "x-daily-ratelimit-token-remaining": String(Math.max(0, tokens))
    }),
    ...said.headers
  }
  return {
    status: said.status ?? 200,
    header: (name) => headers[name],
    body: encoder.encode(typeof said.body === "string" ? said.body : JSON.stringify(said.body))
  }
}
