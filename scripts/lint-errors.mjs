// Fails on messages in docs/errors.md that the source does not print. `…` in the page stands for what varies.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"

const page = "docs/errors.md"
const folders = ["packages/core/src", "packages/airbyte/src"]

/** The sources as one text, in which strings that are joined by a plus are whole. */
const sources = execFileSync("git", ["ls-files", ...folders], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => readFileSync(file, "utf8"))
  .join("\n")
  .replace(/["`] \+\n\s*["`]/g, "")

/** Codes of Node's own errors, which no text of ours holds. */
const isCode = (text) => /^[A-Z_]+$/.test(text)

const tables = readFileSync(page, "utf8").matchAll(/^\| (?!Answer|---)(.*?) \|/gm)
for (const [, cell] of tables) {
  for (const [, message] of cell.matchAll(/`([^`]+)`/g)) {
    const parts = message.split("…").map((part) => part.trim())
    const strange = parts.find((part) => !isCode(part) && !sources.includes(part))
    if (strange === undefined) continue
    console.error(`${page}: no message of the source has the words "${strange}"`)
    process.exitCode = 1
  }
}
