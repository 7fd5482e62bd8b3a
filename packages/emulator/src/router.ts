import type { Endpoint } from "./endpoint.ts"

export interface Route {
  readonly endpoint: Endpoint
  /** Values of the path's places, such as `id`. */
  readonly places: ReadonlyMap<string, string>
}

interface Pattern {
  readonly endpoint: Endpoint
  readonly segments: ReadonlyArray<string>
}

/** Finds the endpoint of a path such as `v2/deals/5/followers`; fixed paths go before those with places. */
export class Router {
  readonly #exact = new Map<string, Endpoint>()
  readonly #patterns: Pattern[] = []

  constructor(endpoints: ReadonlyArray<Endpoint>) {
    for (const endpoint of endpoints) {
      if (endpoint.path.includes("{")) this.#patterns.push({ endpoint, segments: endpoint.path.split("/") })
      else this.#exact.set(endpoint.path, endpoint)
    }
  }

  find(path: string): Route | undefined {
    const exact = this.#exact.get(path)
    if (exact !== undefined) return { endpoint: exact, places: new Map() }
    const given = path.split("/")
    for (const { endpoint, segments } of this.#patterns) {
      if (segments.length !== given.length) continue
      const places = new Map<string, string>()
      const fits = segments.every((segment, at) => {
        const text = given[at] as string
        if (!segment.startsWith("{")) return segment === text
        places.set(segment.slice(1, -1), decodeURIComponent(text))
        return text !== ""
      })
      if (fits) return { endpoint, places }
    }
    return undefined
  }
}
