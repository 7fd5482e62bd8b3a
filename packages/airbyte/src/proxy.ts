// The proxy that the environment names, by the rules that curl, Go and Python share:
//
//   https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY   the first that is not empty; without a scheme it is http://
//   no_proxy, NO_PROXY                               hosts to reach directly: `*`, a name with all below it, an address,
//                                                    each with a port or without, separated by commas or spaces
//
// This machine's own addresses are plain http, and are always reached directly.

/** Variables of the environment, by name. */
export type Environment = { readonly [name: string]: string | undefined }

/** An HTTP proxy to open tunnels through. */
export interface HttpProxy {
  readonly protocol: "http:" | "https:"
  readonly host: string
  readonly port: number
  /** Value of its Proxy-Authorization header. A secret. */
  readonly authorization?: string
}

/** How to reach a host. An unusable value is reported by its variable and never shown: it may contain a password. */
export type Route =
  | { readonly _tag: "Direct" }
  | { readonly _tag: "Proxy"; readonly proxy: HttpProxy }
  | { readonly _tag: "Unusable"; readonly variable: string }

const VARIABLES = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]

const firstOf = (environment: Environment, names: ReadonlyArray<string>): readonly [string, string] | undefined => {
  for (const name of names) {
    const value = environment[name]?.trim() ?? ""
    if (value !== "") return [name, value]
  }
  return undefined
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    // A password may contain a percent sign that is not escaped.
    return text
  }
}

/** The proxy that a value names; undefined if it does not name one that speaks HTTP. */
const proxyOf = (value: string): HttpProxy | undefined => {
  const text = value.includes("://") ? value : `http://${value}`
  if (!URL.canParse(text)) return undefined
  const { protocol, hostname, port, username, password } = new URL(text)
  if ((protocol !== "http:" && protocol !== "https:") || hostname === "") return undefined
  const credentials = `${decoded(username)}:${decoded(password)}`
  return {
    protocol,
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (protocol === "http:" ? 80 : 443) : Number(port),
    ...(credentials !== ":" && { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` })
  }
}

/** Whether an entry of NO_PROXY covers a host: the host itself and, for a name, all names below it. */
const covers = (entry: string, host: string, port: string): boolean => {
  const [, name = "", only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (only !== undefined && only !== port) return false
  const domain = name.replace(/^\*?\./, "")
  return domain === "*" || domain === host || (domain !== "" && host.endsWith(`.${domain}`))
}

/** How to reach the host of an HTTPS address. */
export const routeOf = (address: URL, environment: Environment): Route => {
  const host = address.hostname.toLowerCase()
  const port = address.port === "" ? "443" : address.port
  const exceptions =
    firstOf(environment, ["no_proxy", "NO_PROXY"])?.[1]
      .toLowerCase()
      .split(/[\s,]+/) ?? []
  const found = firstOf(environment, VARIABLES)
  if (found === undefined || exceptions.some((entry) => covers(entry, host, port))) return { _tag: "Direct" }
  const [variable, value] = found
  const proxy = proxyOf(value)
  return proxy === undefined ? { _tag: "Unusable", variable } : { _tag: "Proxy", proxy }
}
