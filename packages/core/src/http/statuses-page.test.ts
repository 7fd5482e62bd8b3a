import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { verdictOn } from "./statuses.ts"

const page = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8")
const [, section = ""] = page.split("## What each status means")
const rows = [...section.matchAll(/^\| (.*?) \| (you|nobody|the maintainers) \|/gm)].map(
  ([, answer = "", actor = ""]) => [answer, actor] as const
)

/** Statuses that a row is about: those it names, and one of their kind for `3xx` and the like. */
const statusesIn = (answer: string): ReadonlyArray<number> =>
  [...answer.matchAll(/\b(\d)(\d\d|xx)\b/g)].map(([, hundreds, rest]) =>
    Number(`${hundreds}${rest === "xx" ? "18" : rest}`)
  )

const actors: { readonly [who: string]: string } = { you: "user", nobody: "nobody", "the maintainers": "maintainers" }

it.each(rows)("docs/errors.md tells who must act after %s: %s", (answer, actor) => {
  const came = { isHtml: answer.includes("HTML"), text: answer.includes("scope") ? "Scope and URL mismatch" : "" }
  const statuses = statusesIn(answer)
  expect(statuses).not.toEqual([])
  for (const status of statuses) expect(verdictOn(status, came).actor).toBe(actors[actor])
})

it("docs/errors.md has a row for each status of the table", () => {
  const told = new Set(rows.flatMap(([answer]) => statusesIn(answer)))
  for (const status of [200, 218, 318, 400, 401, 402, 403, 404, 408, 410, 414, 415, 418, 429, 518])
    expect(told).toContain(status)
})
