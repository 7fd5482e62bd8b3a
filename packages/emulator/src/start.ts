import { Account } from "./account.ts"
import { rowText } from "./answer.ts"
import { makeClock } from "./clock.ts"
import { declared, type Endpoint, type Listing } from "./endpoint.ts"
import { Faults } from "./faults.ts"
import type { Emulator, EmulatorOptions, IncomingRequest, LoggedRequest } from "./interface.ts"
import { Limits } from "./limits.ts"
import { slice } from "./listing.ts"
import { OAuth } from "./oauth.ts"
import { fill } from "./resources/endpoints.ts"
import { Router } from "./router.ts"
import { EmulatorServer } from "./server.ts"
import type { DataTable } from "./table.ts"
import { queryOf } from "./target.ts"

/** Starts a local Pipedrive on loopback; the port is free unless chosen. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const clock = makeClock(options.timeZeroMs)
  const account = new Account(options, clock)
  const router = new Router(fill(account))
  const limits = new Limits(clock, {
    plan: options.plan ?? "premium",
    seats: options.seats ?? 1,
    burstLimit: options.burstLimit,
    dailyTokens: options.dailyTokens
  })
  const oauth = new OAuth(account)
  const faults = new Faults()
  const tokens = options.tokens ?? ["emulator-token"]
  const hooks = new Set<(request: IncomingRequest) => void>()
  const log: LoggedRequest[] = []
  const server = new EmulatorServer({ account, router, limits, oauth, faults, tokens, hooks, log })
  const url = await server.listen(options.port ?? 0)

  const look = (path: string, query: Readonly<Record<string, string>> = {}): [Endpoint, Listing] => {
    const [plain = "", text = ""] = path.split("?")
    const route = router.find(plain)
    if (route === undefined) throw new Error(`The emulator has no endpoint ${plain}`)
    const given = new Map([...queryOf(text), ...Object.entries(query)])
    return [route.endpoint, route.endpoint.list(declared(route.endpoint, given, route.places))]
  }
  const tableOf = (path: string): [DataTable, Listing] => {
    const [, listing] = look(path)
    if (listing.table === undefined) throw new Error(`The rows of ${path} cannot be changed`)
    return [listing.table, listing]
  }
  const shown = (listing: Listing, table: DataTable, row: number): string =>
    listing.kind === "rows" ? rowText(listing, row) : (listing.show?.(row) ?? table.text(row))
  const rowOf = (table: DataTable, path: string, id: string | number): number => {
    const row = table.find(id)
    if (row < 0) throw new Error(`${path} has no row ${id}`)
    return row
  }

  return {
    url,
    apiToken: tokens[0] ?? "",
    oauth: {
      clientId: oauth.clientId,
      clientSecret: oauth.clientSecret,
      get refreshToken() {
        return oauth.refreshToken
      }
    },
    requests: log,
    clearRequests: () => {
      log.length = 0
    },
    tokensSpent: () => limits.spent,
    tokensLeft: () => limits.remaining,
    rows: (path, query) => {
      const [, listing] = look(path, query)
      const { rows } = slice(listing, account.switches.nulls, {}, Number.POSITIVE_INFINITY)
      return rows.map((row) => rowText(listing, row))
    },
    ids: (path, query) => {
      const [, listing] = look(path, query)
      const { table } = listing
      if (table === undefined) return []
      const among =
        listing.kind === "texts"
          ? (listing.among ?? [])
          : slice(listing, account.switches.nulls, {}, Number.POSITIVE_INFINITY).rows
      return among.map((row) => table.id(row))
    },
    edit: (path, ids, patch = {}) => {
      const [table, listing] = tableOf(path)
      const isMove = Object.keys(patch).length === 1 && "is_archived" in patch
      const keepTime = isMove && !account.switches.archivingTouches
      return ids.map((id) => {
        const row = rowOf(table, path, id)
        table.edit(row, clock.now(), patch, keepTime)
        return shown(listing, table, row)
      })
    },
    insert: (path, count, patch = {}) => {
      const [table, listing] = tableOf(path)
      return Array.from({ length: count }, () => {
        const row = table.append(clock.now(), { ...listing.insertWith, ...patch })
        return shown(listing, table, row)
      })
    },
    remove: (path, ids) => {
      const [table] = tableOf(path)
      for (const id of ids) table.remove(rowOf(table, path, id), clock.now())
    },
    onRequest: (hook) => {
      hooks.add(hook)
      return () => {
        hooks.delete(hook)
      }
    },
    fault: (rule) => faults.add(rule),
    clock,
    close: () => server.close()
  }
}
