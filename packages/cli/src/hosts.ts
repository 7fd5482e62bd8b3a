import { lookup } from "node:dns/promises"
import { connect as connectTcp } from "node:net"
import { connect as connectTls } from "node:tls"
import { routeOf } from "@pipedrive-source/airbyte/host"

/** What finds hosts and connects to them; a test hands in another. */
export interface Reach {
  readonly resolve: (host: string) => Promise<unknown>
  /** Resolves when a connection stands, by TLS where it is to be secure. */
  readonly connect: (host: string, port: number, isSecure: boolean) => Promise<void>
}

const PATIENCE_MS = 10_000

/** This machine's own network. */
export const systemReach: Reach = {
  resolve: (host) => lookup(host),
  connect: (host, port, isSecure) =>
    new Promise((resolve, reject) => {
      const socket = isSecure ? connectTls({ host, port, servername: host }) : connectTcp({ host, port })
      socket.setTimeout(PATIENCE_MS, () => socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })))
      socket.once("error", reject)
      socket.once(isSecure ? "secureConnect" : "connect", () => {
        socket.destroy()
        resolve()
      })
    })
}

/** What is wrong with the way to a host, and what to do. */
export interface HostFinding {
  readonly what: string
  readonly remedy: string
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error
    ? String(error.code)
    : error instanceof Error
      ? error.message
      : String(error)

const isCertificate = (code: string): boolean => /CERT|SIGNATURE|ALTNAME|SELF_SIGNED/.test(code)

/** Looks at the way to a host. Behind a proxy it is the proxy's to find it. */
export const checkHost = async (
  origin: string,
  reach: Reach,
  environment: NodeJS.ProcessEnv
): Promise<HostFinding | undefined> => {
  const { hostname, port, protocol } = new URL(origin)
  const isSecure = protocol === "https:"
  if (isSecure && routeOf(new URL(origin), environment)._tag !== "Direct") return undefined
  const host = hostname.replace(/^\[(.*)\]$/, "$1")
  try {
    await reach.resolve(host)
  } catch (error) {
    return {
      what: `The name ${host} is not found (${codeOf(error)}).`,
      remedy: "Check this machine's DNS and internet connection, or set HTTPS_PROXY if it needs a proxy."
    }
  }
  try {
    await reach.connect(host, port === "" ? (isSecure ? 443 : 80) : Number(port), isSecure)
    return undefined
  } catch (error) {
    const code = codeOf(error)
    if (isCertificate(code))
      return {
        what: `The certificate of ${host} is not trusted (${code}).`,
        remedy:
          "Something between this machine and Pipedrive answers in its place. Put its authority's certificate into NODE_EXTRA_CA_CERTS, or use another network."
      }
    return {
      what: code === "ECONNREFUSED" ? `${host} refuses the connection.` : `${host} cannot be reached (${code}).`,
      remedy:
        "Check the firewall, and base_url in the config if it is set; set HTTPS_PROXY if this machine needs a proxy."
    }
  }
}
