/** The host that serves all companies, for API tokens. */
export const SHARED_HOST = "https://api.pipedrive.com"

const PIPEDRIVE_HOST = /^([a-z0-9-]+\.)+pipedrive\.com(:443)?$/
const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(?::([0-9]{1,5}))?$/

/** Scheme and host of an address without a path; the scheme is empty if there is none. */
const partsOf = (address: string): readonly [scheme: string, host: string] | undefined => {
  const found = /^(?:(https?):\/\/)?([^/]+)\/*$/.exec(address.trim().toLowerCase())
  return found === null ? undefined : [found[1] ?? "", found[2] as string]
}

const pipedriveOrigin = (host: string): string | undefined =>
  PIPEDRIVE_HOST.test(host) ? `https://${host.replace(":443", "")}` : undefined

/** The origin of an address on this machine; undefined for any other. */
export const loopbackOrigin = (address: string): string | undefined => {
  const [scheme, host] = partsOf(address) ?? ["", ""]
  const found = LOOPBACK_HOST.exec(host)
  return scheme !== "https" && found !== null && Number(found[2] ?? 80) <= 65_535 ? `http://${host}` : undefined
}

/** Where the API may be: a host of Pipedrive by https, or this machine. Secrets are never sent anywhere else. */
export const baseOrigin = (address: string): string | undefined => {
  const [scheme, host] = partsOf(address) ?? ["", ""]
  if (scheme === "http") return loopbackOrigin(address)
  return scheme === "https" ? pipedriveOrigin(host) : undefined
}

/** Origin of a company's host, even if its scheme is missing or is http; undefined outside Pipedrive. */
export const companyOrigin = (address: string): string | undefined => pipedriveOrigin(partsOf(address)?.[1] ?? "")
