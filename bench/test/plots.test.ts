import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import { expect, it } from "vitest"
import { charts } from "../src/plots/charts.ts"
import { keptResults } from "../src/plots/results.ts"

const imageOf = (name: string): string =>
  readFileSync(new URL(`../../docs/images/${name}.svg`, import.meta.url), "utf8")

it("the plots in docs show the results that are kept: npm run bench -- --draw", () => {
  expect(charts.latency(keptResults("latency").points)).toBe(imageOf("latency"))
  expect(charts.memory(keptResults("memory").points)).toBe(imageOf("memory"))
  expect(charts.tokens(keptResults("tokens").points)).toBe(imageOf("tokens"))
})

it("measures what a plot shows", async () => {
  const bench = new URL("../src/main.ts", import.meta.url).pathname
  const { stderr, stdout } = await promisify(execFile)(process.execPath, [bench, "--plot", "tokens", "--smoke"])
  expect(stderr).toBe("")
  const [, points = "[]"] = /^tokens: (\[.*\])\n$/.exec(stdout) ?? []
  const measured = JSON.parse(points) as ReadonlyArray<{ stream: string; changed?: number; tokens: number }>
  expect(measured.filter(({ changed }) => changed === 100).map(({ stream }) => stream)).toContain("deal_changelog")
  for (const { tokens } of measured) expect(tokens).toBeGreaterThanOrEqual(10)
})
