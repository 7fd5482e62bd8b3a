/**
 * The network, as core's port `SendHttp`: cross-fetch with connections that are kept open, bounds on time and size, and
 * tunnels through a proxy where the environment names one. Errors are put into words of our own, as the library's
 * contain the URL.
 */
import type { Agent as AnyAgent, ClientRequest } from "node:http"
import type { Readable } from "node:stream"
import type { SendHttp } from "@pipedrive-source/core/connection"
import crossFetch from "cross-fetch"
import { BodyError, readBody } from "./body.ts"
import { type Environment, routeOf } from "./proxy.ts"
import { makeTunnelAgent, whyNoTunnel } from "./tunnel.ts"

/** The network, with connections that are kept open for the next request. */
export interface Network {
  readonly send: SendHttp
  /** Resolves, with the reason and the remedy, when no request can leave this machine until its settings change. */
  readonly blocked: Promise<string>
  readonly close: () => void
}

/** Options that cross-fetch takes on Node in addition to the standard's. */
type NodeInit = RequestInit & { readonly agent: AnyAgent; readonly compress: boolean }

const http = process.getBuiltinModule("node:http")
const https = process.getBuiltinModule("node:https")

const reasons: { readonly [code: string]: string } = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was reset",
  ENOTFOUND: "the host name was not found",
  EAI_AGAIN: "the host name could not be resolved",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached"
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

/** Why a request failed, without the library's own text, which contains the URL or a header's value. */
const reasonOf = (code: string | undefined): string => {
  if (code === undefined) return "the request could not be sent"
  const why = whyNoTunnel(code)
  if (why === undefined) return reasons[code] ?? `the request failed (${code})`
  return /^\d+$/.test(why)
    ? `the proxy answered ${why} when asked for a tunnel`
    : `failed to reach the proxy: ${reasons[why] ?? `the request failed (${why})`}`
}

/** What the user must do about statuses of a proxy that retrying does not change. */
const PROXY_REFUSALS: { readonly [status: string]: string } = {
  401: "it requires a user name and a password: set HTTPS_PROXY to http://user:password@host:port",
  403: "it does not allow connections to this host: allow api.pipedrive.com, oauth.pipedrive.com and the company's host there, or set NO_PROXY to .pipedrive.com if they can be reached directly",
  407: "it requires a user name and a password, or rejects the ones it was given: set HTTPS_PROXY to http://user:password@host:port"
}

/** The agent, with a callback for answers that are cut off: fetch would wait for the rest of such an answer forever. */
const watching = (agent: AnyAgent, onCut: () => void): AnyAgent =>
  Object.create(agent, {
    addRequest: {
      value: (request: ClientRequest, ...rest: ReadonlyArray<unknown>) => {
        request.once("response", (answer) =>
          answer.once("close", () => {
            if (!answer.complete) onCut()
          })
        )
        ;(agent as unknown as { addRequest: (...all: ReadonlyArray<unknown>) => void }).addRequest(request, ...rest)
      }
    }
  })

const seconds = (ms: number): string => `${ms / 1000} s`

const exchange = async (agent: AnyAgent, ...[request, bounds, signal]: Parameters<SendHttp>) => {
  const abort = new AbortController()
  let why: string | undefined
  const giveUp = (reason: string) => (): void => {
    why ??= reason
    abort.abort()
  }
  const onAbort = giveUp("the request was stopped")
  if (signal.aborted) onAbort()
  signal.addEventListener("abort", onAbort)
  const total = setTimeout(giveUp(`the answer took longer than ${seconds(bounds.totalMs)}`), bounds.totalMs)
  let waiting = setTimeout(giveUp(`no answer came within ${seconds(bounds.headersMs)}`), bounds.headersMs)
  try {
    const init: NodeInit = {
      method: request.method,
      headers: { "accept-encoding": "gzip", ...request.headers },
      ...(request.body !== undefined && { body: request.body }),
      redirect: "manual",
      signal: abort.signal,
      agent: watching(agent, giveUp("the connection closed in the middle of the answer")),
      compress: false
    }
    const answer = await crossFetch(request.url, init)
    clearTimeout(waiting)
    waiting = setTimeout(giveUp(`the answer stalled for ${seconds(bounds.idleMs)}`), bounds.idleMs)
    const body = await readBody(answer.body as unknown as Readable, {
      length: Number(answer.headers.get("content-length") ?? 0),
      encoding: answer.headers.get("content-encoding"),
      maxBytes: bounds.maxBodyBytes,
      alive: () => waiting.refresh()
    })
    return { status: answer.status, headers: answer.headers, body }
  } catch (error) {
    // Also discards what was not read.
    abort.abort()
    if (error instanceof BodyError) throw new Error(error.message)
    throw new Error(why ?? reasonOf(codeOf(error)), { cause: codeOf(error) })
  } finally {
    clearTimeout(waiting)
    clearTimeout(total)
    signal.removeEventListener("abort", onAbort)
  }
}

/**
 * Opens the network for at most `maxSockets` requests at a time to one host.
 *
 * @param environment the variables that may name a proxy
 */
export const makeNetwork = (maxSockets: number, environment: Environment = process.env): Network => {
  const options = { keepAlive: true, maxSockets }
  const plain = new http.Agent(options)
  const direct = new https.Agent(options)
  let tunnels: AnyAgent | undefined
  let block: (reason: string) => void = () => {}
  const blocked = new Promise<string>((resolve) => {
    block = resolve
  })

  const agentFor = (address: URL): AnyAgent => {
    if (address.protocol === "http:") return plain
    const route = routeOf(address, environment)
    switch (route._tag) {
      case "Direct":
        return direct
      case "Proxy":
        tunnels ??= makeTunnelAgent(route.proxy, options)
        return tunnels
      case "Unusable":
        block(
          `The environment variable ${route.variable} does not name a usable proxy: set it to http://host:port or https://host:port, with user:password@ before the host if the proxy requires it.`
        )
        throw new Error(`${route.variable} does not name a usable proxy`)
    }
  }

  return {
    blocked,
    send: async (request, bounds, signal) => {
      const answer = await exchange(agentFor(new URL(request.url)), request, bounds, signal).catch((error: Error) => {
        const refusal = whyNoTunnel(String(error.cause)) ?? ""
        const remedy = PROXY_REFUSALS[refusal]
        if (remedy !== undefined) block(`The proxy refused the connection (${refusal}): ${remedy}.`)
        throw error
      })
      const { body, headers, status } = answer
      return { status, header: (name) => headers.get(name) ?? undefined, body }
    },
    close: () => {
      for (const agent of [plain, direct, tunnels]) agent?.destroy()
    }
  }
}
