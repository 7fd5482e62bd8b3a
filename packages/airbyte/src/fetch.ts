import type { Agent as AnyAgent, ClientRequest } from "node:http"
import type { Readable } from "node:stream"
import type { SendHttp } from "@pipedrive-source/core/reader"
import crossFetch from "cross-fetch"
import { BodyError, readBody } from "./body.ts"

/** The network, with connections that are kept for the next request. */
export interface Network {
  readonly send: SendHttp
  readonly close: () => void
}

/** Options of the fetch that cross-fetch is on Node, beyond the standard's. */
type NodeInit = RequestInit & { readonly agent: AnyAgent; readonly compress: boolean }

const http = process.getBuiltinModule("node:http")
const https = process.getBuiltinModule("node:https")

const reasons: { readonly [code: string]: string } = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was reset",
  ENOTFOUND: "the host's name was not found",
  EAI_AGAIN: "the host's name could not be looked up",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached"
}

/** Why a request failed, without the library's own text: that names the URL, or a header's value. */
const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
  return code === undefined ? "the request could not be sent" : (reasons[code] ?? `the request failed (${code})`)
}

/** The agent, telling of answers that were cut: what fetch hands on of such an answer would never end. */
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
    // Also lets go of what was not read.
    abort.abort()
    throw new Error(error instanceof BodyError ? error.message : (why ?? reasonOf(error)))
  } finally {
    clearTimeout(waiting)
    clearTimeout(total)
    signal.removeEventListener("abort", onAbort)
  }
}

/** Opens the network for at most `maxSockets` requests at a time to one host. */
export const makeNetwork = (maxSockets: number): Network => {
  const agents = {
    "http:": new http.Agent({ keepAlive: true, maxSockets }),
    // Node 24 minds HTTPS_PROXY and NO_PROXY, Node 20 passes them over.
    "https:": new https.Agent({ keepAlive: true, maxSockets, proxyEnv: process.env })
  }
  return {
    send: async (request, bounds, signal) => {
      const agent = request.url.startsWith("https:") ? agents["https:"] : agents["http:"]
      const { body, headers, status } = await exchange(agent, request, bounds, signal)
      return { status, header: (name) => headers.get(name) ?? undefined, body }
    },
    close: () => {
      for (const agent of Object.values(agents)) agent.destroy()
    }
  }
}
