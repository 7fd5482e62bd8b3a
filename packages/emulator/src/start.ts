import { Account } from "./account.ts"
import { makeClock } from "./clock.ts"
import { customFieldControl } from "./custom-control.ts"
import { Faults } from "./faults.ts"
import type { Emulator, EmulatorOptions, IncomingRequest, LoggedRequest } from "./interface.ts"
import { Limits } from "./limits.ts"
import { OAuth } from "./oauth.ts"
import { Records } from "./records.ts"
import { fill } from "./resources/endpoints.ts"
import { Router } from "./router.ts"
import { EmulatorServer } from "./server.ts"

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
  const records = new Records(account, router)

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
    rows: (path, query) => records.rows(path, query),
    ids: (path, query) => records.ids(path, query),
    edit: (path, ids, patch) => records.edit(path, ids, patch),
    insert: (path, count, patch) => records.insert(path, count, patch),
    remove: (path, ids) => records.remove(path, ids),
    purge: (path, ids) => records.purge(path, ids),
    restore: (path, ids, how) => records.restore(path, ids, how),
    merge: (path, ids, into) => records.merge(path, ids, into),
    convert: (path, ids) => records.convert(path, ids),
    archive: (path, ids, how) => records.archive(path, ids, how),
    hide: (path, ids, how) => records.hide(path, ids, how),
    show: (path, ids, how) => records.show(path, ids, how),
    late: (delayMs, changes) => account.late.add(delayMs, changes),
    onRequest: (hook) => {
      hooks.add(hook)
      return () => {
        hooks.delete(hook)
      }
    },
    fault: (rule) => faults.add(rule),
    customFields: customFieldControl(account),
    clock,
    close: () => server.close()
  }
}
