import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { gzipSync } from "node:zlib"
import type { Account } from "./account.ts"
import { answer } from "./answer.ts"
import { declared } from "./endpoint.ts"
import { ApiError, gatewayError, resourceError } from "./errors.ts"
import type { Reply } from "./fault-kinds.ts"
import type { Faults, Strike } from "./faults.ts"
import type { IncomingRequest, LoggedRequest } from "./interface.ts"
import type { BurstState, Limits } from "./limits.ts"
import { type OAuth, TOKEN_PATH } from "./oauth.ts"
import { checkQuery } from "./query.ts"
import type { Router } from "./router.ts"
import { isOnlyShort, readTarget, type Target } from "./target.ts"

export interface ServerParts {
  readonly account: Account
  readonly router: Router
  readonly limits: Limits
  readonly oauth: OAuth
  readonly faults: Faults
  readonly tokens: ReadonlyArray<string>
  readonly hooks: ReadonlySet<(request: IncomingRequest) => void>
  readonly log: LoggedRequest[]
}

type Entry = { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] }

interface Caller {
  readonly auth: "token" | "oauth"
  readonly token: string
  readonly scopes: ReadonlyArray<string> | undefined
}

const JSON_TYPE = "application/json; charset=utf-8"

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => resolve(Buffer.concat(parts).toString()))
    request.on("error", reject)
  })
}

const fromError = (error: unknown): Reply => {
  const known =
    error instanceof ApiError ? error : gatewayError(500, error instanceof Error ? String(error.stack) : String(error))
  return {
    status: known.status,
    headers: { "content-type": JSON_TYPE, ...(known.status === 401 ? { "x-401-by-gw": "true" } : {}) },
    body: Buffer.from(JSON.stringify(known.body)),
    rows: 0
  }
}

/** The HTTP side: from a request line to bytes on the socket. */
export class EmulatorServer {
  readonly #parts: ServerParts
  readonly #server: Server
  #origin = ""
  #index = 0

  constructor(parts: ServerParts) {
    this.#parts = parts
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen(port, "127.0.0.1", resolve)
    })
    this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this.#origin
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { account, faults, hooks, log } = this.#parts
    const target = readTarget(request.url ?? "/")
    const query = Object.fromEntries(target.query)
    const entry: Entry = {
      index: this.#index++,
      method: request.method ?? "GET",
      path: target.path,
      query,
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      auth: "none",
      status: 0,
      tokens: 0,
      at: account.clock.now(),
      rows: 0,
      bytes: 0
    }
    log.push(entry)
    const body = request.method === "GET" ? "" : await bodyOf(request)
    const incoming: IncomingRequest = { path: target.path, query, index: entry.index }
    for (const hook of hooks) hook(incoming)
    account.late.apply()
    const { strike, watch } = faults.strike(incoming)
    if (strike !== undefined) entry.fault = strike.kind

    const headers: Record<string, string> = {}
    let reply: Reply
    try {
      reply =
        target.path === TOKEN_PATH
          ? this.#exchange(request, body, strike)
          : this.#resource(request, target, entry, headers, strike)
    } catch (error) {
      reply = fromError(error)
    } finally {
      account.viewer.token = undefined
    }
    if (account.options.latencyMs !== undefined) await wait(account.options.latencyMs)
    const sent = strike !== undefined && strike.instead === undefined ? strike.spoil(reply) : reply
    watch(reply)
    await this.#send(request, response, entry, headers, sent)
  }

  #exchange(request: IncomingMessage, body: string, strike: Strike | undefined): Reply {
    if (strike?.instead !== undefined) return strike.instead()
    if (request.method !== "POST") throw gatewayError(405, "Method not allowed")
    const { content, authorization } = {
      content: request.headers["content-type"],
      authorization: request.headers.authorization
    }
    const token = this.#parts.oauth.exchange(content, authorization, body, this.#origin)
    return {
      status: token.status,
      headers: { "content-type": JSON_TYPE },
      body: Buffer.from(JSON.stringify(token.body)),
      rows: 0
    }
  }

  #caller(request: IncomingMessage): Caller {
    const token = request.headers["x-api-token"]
    if (typeof token === "string") {
      if (!this.#parts.tokens.includes(token)) throw gatewayError(401, "unauthorized access")
      return { auth: "token", token, scopes: undefined }
    }
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1]
    const scopes = bearer === undefined ? undefined : this.#parts.oauth.scopes(bearer)
    if (bearer === undefined || scopes === undefined) throw gatewayError(401, "unauthorized access")
    return { auth: "oauth", token: bearer, scopes }
  }

  #burst(caller: Caller, headers: Record<string, string>): void {
    const { account, limits } = this.#parts
    // Tokens of one grant share a window, as they are one user's.
    const state: BurstState | undefined = limits.enter(caller.auth === "oauth" ? "oauth" : caller.token, caller.auth)
    if (state === undefined) return
    if (account.options.burstHeaders ?? true) {
      headers["x-ratelimit-limit"] = String(state.limit)
      headers["x-ratelimit-remaining"] = String(state.remaining)
      headers["x-ratelimit-reset"] = String(state.resetSeconds)
    }
    if (!state.allowed) throw gatewayError(429, "request over limit")
  }

  #daily(headers: Record<string, string>): void {
    const { account, limits } = this.#parts
    const show = (): void => {
      if (!(account.options.dailyHeaders ?? true)) return
      headers["x-daily-ratelimit-token-limit"] = String(limits.dailyLimit)
      headers["x-daily-ratelimit-token-remaining"] = String(limits.remaining)
    }
    show()
    if (limits.remaining <= 0) {
      headers["retry-after"] = String(limits.secondsToReset)
      throw gatewayError(429, "daily request budget exceeded")
    }
  }

  #resource(
    request: IncomingMessage,
    target: Target,
    entry: Entry,
    headers: Record<string, string>,
    strike: Strike | undefined
  ): Reply {
    const { account, limits, router } = this.#parts
    const caller = this.#caller(request)
    entry.auth = caller.auth
    account.viewer.token = caller.token
    this.#burst(caller, headers)
    this.#daily(headers)
    if (strike?.instead !== undefined) return strike.instead()

    const route = target.prefix === "" ? undefined : router.find(target.path)
    const isHidden = caller.auth === "token" && target.prefix === "/api/v1" && isOnlyShort(target.path)
    if (route === undefined || isHidden) throw resourceError(404, "Unknown method.")
    if (request.method !== "GET") throw gatewayError(405, "Method not allowed")
    const { endpoint, places } = route
    if (caller.scopes !== undefined && !endpoint.scopes.some((scope) => caller.scopes?.includes(scope))) {
      throw gatewayError(403, "Scope and URL mismatch")
    }
    const charge = (): void => {
      entry.tokens = endpoint.cost
      limits.charge(endpoint.cost)
      if (account.options.dailyHeaders ?? true) {
        headers["x-daily-ratelimit-token-remaining"] = String(limits.remaining)
      }
    }
    if (account.switches.failuresCost) charge()
    if (endpoint.addOn !== undefined && !account.hasAddOn(endpoint.addOn)) {
      throw resourceError(account.options.addOnStatus ?? 403, `The feature "${endpoint.addOn}" is not enabled`)
    }
    checkQuery(
      endpoint.path.startsWith("v2/") ? "v2" : "v1",
      target.query,
      endpoint.params ?? {},
      endpoint.required ?? []
    )
    const done = answer(account, endpoint, target.path, declared(endpoint, target.query, places))
    if (!account.switches.failuresCost) charge()
    return { status: done.status, headers: { "content-type": JSON_TYPE }, body: done.body, rows: done.rows }
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    entry: Entry,
    common: Readonly<Record<string, string>>,
    reply: Reply
  ): Promise<void> {
    const { account } = this.#parts
    const { wire } = reply
    if (wire?.kind === "reset") {
      request.socket.resetAndDestroy()
      return
    }
    if (wire?.kind === "slow") await wait(wire.delayMs)
    let body = reply.body
    const headers: Record<string, string> = { ...common, ...reply.headers }
    for (const [name, value] of Object.entries(headers)) if (value === "") delete headers[name]
    const accepted = request.headers["accept-encoding"]
    const packs = account.options.gzip === true && headers["content-encoding"] === undefined
    if (packs && typeof accepted === "string" && accepted.includes("gzip") && body.length > 1024) {
      body = gzipSync(body, { level: 1 })
      headers["content-encoding"] = "gzip"
    }
    headers["content-length"] = String(body.length)
    response.sendDate = false
    if (account.clock.dateHeader && wire?.kind !== "noDate") {
      const skewMs = wire?.kind === "skewedDate" ? wire.skewMs : account.clock.dateSkewMs
      headers.date = new Date(account.clock.now() + skewMs).toUTCString()
    }
    entry.status = reply.status
    entry.rows = reply.rows
    entry.bytes = body.length
    response.writeHead(reply.status, headers)
    const half = body.subarray(0, Math.ceil(body.length / 2))
    if (wire?.kind === "resetInBody") response.write(half, () => request.socket.resetAndDestroy())
    else if (wire?.kind === "stall") response.write(half)
    else response.end(body)
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
