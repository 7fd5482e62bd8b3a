/** Host of all companies, for API tokens. */
export const SHARED_HOST = "https://api.pipedrive.com"

const PIPEDRIVE_HOST = /^([a-z0-9-]+\.)+pipedrive\.com(:443)?$/
const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(?::([0-9]{1,5}))?$/

/** Scheme and host of an address without a path; the scheme is empty where none is written. */
const partsOf = (address: string): readonly [scheme: string, host: string] | undefined => {
  const found = /^(?:(https?):\/\/)?([^/]+)\/*$/.exec(address.trim().toLowerCase())
  return found === null ? undefined : [found[1] ?? "", found[2] as string]
}

const pipedriveOrigin = (host: string): string | undefined =>
  PIPEDRIVE_HOST.test(host) ? `https://${host.replace(":443", "")}` : undefined

/** `http://` and this machine's own address; undefined for every other. */
export const loopbackOrigin = (address: string): string | undefined => {
  const [scheme, host] = partsOf(address) ?? ["", ""]
  const found = LOOPBACK_HOST.exec(host)
  return scheme !== "https" && found !== null && Number(found[2] ?? 80) <= 65_535 ? `http://${host}` : undefined
}

/** Where the API may be: a host of Pipedrive by https, or this machine. Nothing else is ever sent a secret. */
export const baseOrigin = (address: string): string | undefined => {
  const [scheme, host] = partsOf(address) ?? ["", ""]
  if (scheme === "http") return loopbackOrigin(address)
  return scheme === "https" ? pipedriveOrigin(host) : undefined
}

/** Origin of a company's host, also where its scheme is missing or weaker than https; undefined outside Pipedrive. */
export const companyOrigin = (address: string): string | undefined => pipedriveOrigin(partsOf(address)?.[1] ?? "")
