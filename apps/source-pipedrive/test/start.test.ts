import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const dist = fileURLToPath(new URL("../dist/", import.meta.url))

/** Files that a file loads before it does anything. */
const loadedBy = (file: string, loaded = new Set<string>()): ReadonlySet<string> => {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  const text = readFileSync(join(dist, file), "utf8")
  for (const [, next = ""] of text.matchAll(/(?:import|from)\s*"\.\/([^"]+)"/g)) loadedBy(next, loaded)
  return loaded
}

it("the protocol's commands load nothing of those for people", () => {
  const text = [...loadedBy("main.js")].map((file) => readFileSync(join(dist, file), "utf8")).join("")
  expect(text).toContain("source-pipedrive")
  expect(text).not.toMatch(/commander\.|isCancel|How do you sign in|duckdb-?node/)
})
