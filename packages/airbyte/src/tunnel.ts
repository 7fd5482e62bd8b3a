/**
 * Connections through an HTTP proxy: CONNECT opens a tunnel in which TLS runs end to end. Node 20 has no proxy support,
 * and later versions do not tell a proxy's refusal from a failure of the network.
 */
import type { ClientRequest, IncomingMessage } from "node:http"
import type { Agent, AgentOptions, RequestOptions } from "node:https"
import type { Duplex } from "node:stream"
import type { HttpProxy } from "./proxy.ts"

const http = process.getBuiltinModule("node:http")
const https = process.getBuiltinModule("node:https")

/** How long a proxy may take to open a tunnel. */
const PATIENCE_MS = 30_000

/** A proxy that did not open a tunnel; `code` is the property of an error that libraries pass on. */
class TunnelError extends Error {
  readonly code: string

  /** @param why status of the proxy's answer, or the code of the error that kept it from answering */
  constructor(why: number | string) {
    super("the proxy did not open a tunnel")
    this.code = `TUNNEL_${why}`
  }
}

/** Why a tunnel was not opened: the proxy's status, or the code of the error that kept us from reaching it. */
export const whyNoTunnel = (code: string): string | undefined => /^TUNNEL_(.+)$/.exec(code)?.[1]

type Connected = (error: Error | null, stream: Duplex) => void

class TunnelAgent extends https.Agent {
  readonly #proxy: HttpProxy
  /** Tunnels that are being opened. */
  readonly #opening = new Set<ClientRequest>()

  constructor(proxy: HttpProxy, options: AgentOptions) {
    super(options)
    this.#proxy = proxy
  }

  override createConnection(target: RequestOptions, connected?: Connected): undefined {
    const { protocol, host, port, authorization } = this.#proxy
    const path = `${target.host}:${target.port}`
    const request = (protocol === "https:" ? https : http).request({
      method: "CONNECT",
      host,
      port,
      path,
      headers: { host: path, ...(authorization !== undefined && { "proxy-authorization": authorization }) },
      agent: false
    })
    this.#opening.add(request)
    const fail = (why: number | string): void => {
      clearTimeout(timer)
      request.destroy()
      if (this.#opening.delete(request)) (connected as ((error: Error) => void) | undefined)?.(new TunnelError(why))
    }
    const timer = setTimeout(fail, PATIENCE_MS, "ETIMEDOUT")
    request.once("error", (error) => fail("code" in error ? String(error.code) : "ECONNRESET"))
    // Any answer to CONNECT arrives as this event, whatever its status.
    request.once("connect", ({ statusCode = 0 }: IncomingMessage, socket: Duplex) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy()
        return fail(statusCode)
      }
      clearTimeout(timer)
      this.#opening.delete(request)
      const secure = super.createConnection(Object.assign({}, target, { socket }))
      if (secure) connected?.(null, secure)
    })
    request.end()
    return undefined
  }

  override destroy(): void {
    for (const request of this.#opening) request.destroy()
    super.destroy()
  }
}

/** An agent whose connections go through an HTTP proxy, each in a tunnel that TLS runs in end to end. */
export const makeTunnelAgent = (proxy: HttpProxy, options: AgentOptions): Agent => new TunnelAgent(proxy, options)
