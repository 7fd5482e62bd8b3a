import { readFileSync } from "node:fs"
import { expect, it } from "vitest"

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8")
const page = read("../../../../docs/state.md")

/** Names of members in the schema of the format: what stands before a codec. */
const members = read("./format.ts").matchAll(
  /(?<![(\w])([a-z_]+): (?:time|string|yes|amount|level|ids|keys|buckets|pass|deletions|rescan|parentKey|plain<|wholeNumber|objectOf|recordOf|listOf)/g
)
const shorthands = ["pass", "buckets", "deletions", "ids", "keys", "level"]

it.each([...new Set([...members].map(([, name = ""]) => name).concat(shorthands))])(
  "docs/state.md says what the member %s of a state means",
  (name) => expect(page).toMatch(new RegExp(`[\`"]${name}[\`"]`))
)
