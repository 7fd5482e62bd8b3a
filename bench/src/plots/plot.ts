import { writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import type { Scale } from "../figure.ts"
import { charts } from "./charts.ts"
import { measureLatency } from "./latency.ts"
import { measureMemory } from "./memory.ts"
import { keepResults, keptResults, type PlotName, type Points, type Results } from "./results.ts"
import { measureTokens } from "./tokens.ts"

type Measure = { readonly [Name in PlotName]: (scale: Scale) => Promise<Points[Name]> }

const measures: Measure = { latency: measureLatency, memory: measureMemory, tokens: measureTokens }

export const plotNames = Object.keys(measures) as ReadonlyArray<PlotName>

const imageOf = (name: PlotName): URL => new URL(`../../../docs/images/${name}.svg`, import.meta.url)

/** Measures what a plot shows. */
export const measurePlot = async <Name extends PlotName>(name: Name, scale: Scale): Promise<Results<Name>> => ({
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cores: availableParallelism(),
  points: await measures[name](scale)
})

/** Draws a plot from the results that are kept, or from new ones, which are kept then. */
export const drawPlot = <Name extends PlotName>(name: Name, measured?: Results<Name>): void => {
  if (measured !== undefined) keepResults(name, measured)
  writeFileSync(imageOf(name), charts[name]((measured ?? keptResults(name)).points))
}
