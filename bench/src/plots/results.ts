import { readFileSync, writeFileSync } from "node:fs"

export interface LatencyPoint {
  readonly latencyMs: number
  readonly workers: number
  readonly rowsPerSecond: number
}

export interface MemoryPoint {
  readonly command: "read" | "sync"
  readonly rows: number
  /** Most memory the process had at once. */
  readonly peakMiB: number
}

export interface TokenPoint {
  readonly stream: string
  /** Deals that were edited since the run before; undefined for the first read. */
  readonly changed?: number
  readonly tokens: number
}

/** What the plots of docs/performance.md show. */
export interface Points {
  readonly latency: ReadonlyArray<LatencyPoint>
  readonly memory: ReadonlyArray<MemoryPoint>
  readonly tokens: ReadonlyArray<TokenPoint>
}

export type PlotName = keyof Points

/** Points, and where and when they were measured. */
export interface Results<Name extends PlotName> {
  readonly date: string
  readonly node: string
  readonly cores: number
  readonly points: Points[Name]
}

const pathOf = (name: PlotName): URL => new URL(`../../results/${name}.json`, import.meta.url)

export const keptResults = <Name extends PlotName>(name: Name): Results<Name> =>
  JSON.parse(readFileSync(pathOf(name), "utf8")) as Results<Name>

export const keepResults = <Name extends PlotName>(name: Name, results: Results<Name>): void =>
  writeFileSync(pathOf(name), `${JSON.stringify(results, null, 2)}\n`)
