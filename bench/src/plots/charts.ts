import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import type { LatencyPoint, MemoryPoint, PlotName, Points, TokenPoint } from "./results.ts"

/** Readable on a white page and on a dark one. */
const INK = "#768390"
const COLOURS = ["#2f81f7", "#db6d28", "#a371f7"]

interface Chart<Point> {
  readonly title: string
  readonly points: ReadonlyArray<Point>
  /** Channels of a point. */
  readonly x: keyof Point & string
  readonly y: keyof Point & string
  readonly line: (point: Point) => string
  readonly xLabel: string
  readonly yLabel: string
  readonly xScale?: Plot.ScaleOptions
  readonly yScale?: Plot.ScaleOptions
  readonly marks?: ReadonlyArray<Plot.Markish>
}

/** Lines with their names at their ends, as an SVG that stands alone. */
const svgOf = <Point>({ line, marks = [], points, title, x, xLabel, xScale, y, yLabel, yScale }: Chart<Point>) => {
  const names = [...new Set(points.map(line))]
  const label = { x, y, z: line, text: line, fill: line, dx: 10, textAnchor: "start" as const, fontWeight: 600 }
  const svg = Plot.plot({
    document: parseHTML("<html></html>").document,
    width: 720,
    height: 380,
    marginTop: 36,
    marginRight: 140,
    marginLeft: 64,
    marginBottom: 48,
    style: { background: "transparent", color: INK, fontFamily: "system-ui, sans-serif", fontSize: "13px" },
    x: { label: xLabel, labelAnchor: "center", labelArrow: "none", tickSize: 0, ...xScale },
    y: { label: yLabel, labelArrow: "none", grid: true, tickSize: 0, ticks: 5, zero: true, ...yScale },
    color: { domain: names, range: COLOURS },
    marks: [
      ...marks,
      Plot.lineY(points, { x, y, stroke: line, strokeWidth: 2, marker: "dot" }),
      Plot.text(points, Plot.selectMaxX(label))
    ]
  })
  // It is for a page that the plot stands in.
  svg.querySelector("style")?.remove()
  svg.removeAttribute("class")
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg")
  svg.setAttribute("role", "img")
  svg.setAttribute("aria-label", title)
  return `${svg.outerHTML.replace(/(\d\.\d{2})\d+/g, "$1")}\n`
}

const latency = (points: ReadonlyArray<LatencyPoint>): string =>
  svgOf({
    title: "Rows a second against the latency of an answer, with one, three and ten workers",
    points,
    x: "latencyMs",
    y: "rowsPerSecond",
    line: ({ workers }) => `${workers} worker${workers === 1 ? "" : "s"}`,
    xLabel: "milliseconds before each answer",
    yLabel: "rows a second",
    xScale: { ticks: [...new Set(points.map(({ latencyMs }) => latencyMs))], domain: [0, 200] },
    yScale: { tickFormat: ",d" }
  })

const memory = (points: ReadonlyArray<MemoryPoint>): string =>
  svgOf({
    title: "Most memory of a process against the rows it reads",
    points,
    x: "rows",
    y: "peakMiB",
    line: ({ command }) => (command === "read" ? "read" : "sync to DuckDB"),
    xLabel: "rows",
    yLabel: "MiB",
    xScale: { type: "log", ticks: [10_000, 100_000, 1_000_000], tickFormat: ",d" }
  })

const tokens = (all: ReadonlyArray<TokenPoint>): string => {
  const whole = all.find(({ changed, stream }) => changed === undefined && stream === "deals")?.tokens ?? 0
  return svgOf({
    title: "Tokens of a run against the deals that changed before it",
    points: all.filter(({ changed }) => changed !== undefined),
    x: "changed",
    y: "tokens",
    line: ({ stream }) => stream,
    xLabel: "deals that changed, of 5,000",
    yLabel: "tokens",
    xScale: { type: "log", ticks: [1, 10, 100, 1_000], tickFormat: ",d" },
    yScale: { type: "log", ticks: [10, 100, 1_000, 10_000, 100_000], tickFormat: ",d", zero: false },
    marks: [
      Plot.ruleY([whole], { stroke: INK, strokeDasharray: "4 4" }),
      Plot.text([whole], { x: 1, y: whole, dy: -9, textAnchor: "start", text: () => "deals, read whole" })
    ]
  })
}

/** The plots of docs/performance.md. */
export const charts: { readonly [Name in PlotName]: (points: Points[Name]) => string } = { latency, memory, tokens }
