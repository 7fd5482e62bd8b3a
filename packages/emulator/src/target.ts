/** What a request line asks for. */
export interface Target {
  /** Prefix of the host layout: `/v1`, `/api/v1`, `/api/v2`, or none for other paths. */
  readonly prefix: "/v1" | "/api/v1" | "/api/v2" | ""
  /** `v2/deals`, without prefix. */
  readonly path: string
  /** Repeated parameters are joined by a comma. */
  readonly query: ReadonlyMap<string, string>
}

export function queryOf(text: string): Map<string, string> {
  const query = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    const key = name.endsWith("[]") ? name.slice(0, -2) : name
    const before = query.get(key)
    query.set(key, before === undefined ? value : `${before},${value}`)
  }
  return query
}

export function readTarget(url: string): Target {
  const at = url.indexOf("?")
  const path = at < 0 ? url : url.slice(0, at)
  const query = queryOf(at < 0 ? "" : url.slice(at + 1))
  for (const prefix of ["/api/v2", "/api/v1", "/v1"] as const) {
    if (path.startsWith(`${prefix}/`)) {
      return { prefix, path: path.slice(prefix.length - 2), query }
    }
  }
  return { prefix: "", path: path.slice(1), query }
}

/** Resources that the shared host does not serve to API tokens below `/api/v1`. */
export const isOnlyShort = (path: string): boolean =>
  /^v1\/(leads|leadLabels|leadSources|goals\/find|mailbox)(\/|$)/.test(path)
