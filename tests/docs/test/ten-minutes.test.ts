import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Account, openAccount } from "./account.ts"
import { blocksOf, wordsOf } from "./markdown.ts"
import { run } from "./process.ts"
import { openStory, type Story } from "./story.ts"

const page = "CONTRIBUTING.md"
const pieces = blocksOf(page).filter(({ language }) => language === "ts")
const [table, route, declaration] = ["new DataTable(", 'path: "v1/leadReasons", cost', "defineStream("].map(
  (part) => pieces.find(({ text }) => text.includes(part))?.text ?? ""
)
const [seen = "false"] = blocksOf(page)
  .map(({ text }) => text)
  .filter((text) => text.includes("--streams lead_reasons"))
const command = wordsOf(page).find(({ text }) => /^npm test .* -t lead_reasons$/.test(text))?.text ?? "false"

let account: Account
let story: Story & { readonly close: () => void }
beforeAll(async () => {
  account = await openAccount()
  story = openStory(page, account)
})
afterAll(async () => {
  story.close()
  await account.close()
})

/** Changes a file of the copy, as the page says. */
const edit = (file: string, from: RegExp, to: string): void => {
  const path = join(story.checkout(), file)
  const text = readFileSync(path, "utf8")
  const changed = text.replace(from, () => to)
  expect(changed, file).not.toBe(text)
  writeFileSync(path, changed)
}

/** Starts the emulator of the copy from its sources, and says where it is. */
const startEmulator = async (): Promise<{ readonly url: string; readonly stop: () => void }> => {
  const args = ["--conditions=@pipedrive-source/source", "packages/emulator/src/main.ts", "--port", "0"]
  const child = spawn(process.execPath, args, { cwd: story.checkout(), stdio: ["ignore", "pipe", "inherit"] })
  const [said] = await once(child.stdout, "data")
  return { url: /http:\S+/.exec(String(said))?.[0] ?? "", stop: () => void child.kill() }
}

it("a stream is added in the steps of CONTRIBUTING.md, and passes the contract suite", async () => {
  const emulator = "packages/emulator/src/resources/leads.ts"
  const above = /^ *\{ path: "v1\/leadSources".*$/m
  const [sources = ""] = above.exec(readFileSync(join(story.checkout(), emulator), "utf8")) ?? []
  edit(emulator, above, `${route}\n${sources}`)
  edit(emulator, /^ {2}const equal\b/m, `${table}\nconst equal`)
  edit("packages/crm/src/leads.ts", /$(?![\s\S])/, `\n${declaration}\n`)
  edit("packages/crm/src/index.ts", /leadSources, /, "leadReasons, leadSources, ")
  edit("packages/crm/src/index.ts", /^ {4}leadSources,/m, "    leadReasons,\n    leadSources,")

  const env = { ...story.env, DOCS_CHECKOUT: story.checkout() }
  const inCheckout = (script: string) => run("bash", ["-euc", script], { cwd: story.checkout(), env })
  const tested = await inCheckout(command)
  expect(tested.code, tested.stdout + tested.stderr).toBe(0)
  expect(tested.stdout).toMatch(/Tests +\d{2} passed/)
  const pages = await inCheckout("npm run docs")
  expect(pages.code, pages.stderr).toBe(0)
  expect(readFileSync(join(story.checkout(), "STREAMS.md"), "utf8")).toContain("| `lead_reasons` |")

  // In the place of a build, the command runs on sources.
  const bin = join(story.checkout(), "node_modules/.bin/source-pipedrive")
  const main = join(story.checkout(), "apps/source-pipedrive/src/main.ts")
  rmSync(bin)
  const line = `exec "${process.execPath}" --conditions=@pipedrive-source/source "${main}" "$@"`
  writeFileSync(bin, `#!/bin/sh\n${line}\n`, { mode: 0o755 })
  const { url, stop } = await startEmulator()
  const rows = await inCheckout(seen.replaceAll("http://127.0.0.1:8686", url))
  stop()
  expect(rows.code, rows.stdout + rows.stderr).toBe(0)
  expect(rows.stdout).toContain("Reason 3")
})
