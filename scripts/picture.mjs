// Makes the picture of README: `init` and `sync` of the built command in a pseudo-terminal, against a local Pipedrive
// that changes between the two syncs. What the terminal shows in the end becomes an SVG for each theme of GitHub.
//
//   npm run picture
//   npm run picture -- --check     says whether the words in the picture are those that the commands print today
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import pty from "@lydell/node-pty"
import headless from "@xterm/headless"
import { startEmulator } from "../packages/emulator/dist/index.js"
import { THEMES, terminalSvg } from "./terminal-svg.mjs"

const COLUMNS = 80
const pathOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const command = pathOf("apps/source-pipedrive/dist/main.js")

const folder = mkdtempSync(join(tmpdir(), "pipedrive-picture-"))
const emulator = await startEmulator({
  seed: 7,
  timeZeroMs: Date.UTC(2026, 10, 1),
  nullUpdateTimes: false,
  size: { deals: 20_000, activities: 30_000, leads: 2_000, notes: 5_000 }
})
const screen = new headless.Terminal({ cols: COLUMNS, rows: 200, allowProposedApi: true, convertEol: true })
const show = (text) => new Promise((resolve) => screen.write(text, resolve))

/** Types a command as a shell would show it. */
const prompt = (text) => show(`\u001b[32m$\u001b[0m \u001b[1m${text}\u001b[0m\n`)

/** Runs the command at a terminal; `answers` are typed one by one, each when its question is there. */
const run = async (args, answers = []) => {
  const { COLORTERM: _, NO_COLOR: __, FORCE_COLOR: ___, CI: ____, ...env } = process.env
  const terminal = pty.spawn(process.execPath, [command, ...args], {
    cwd: folder,
    cols: COLUMNS,
    rows: 50,
    env: { ...env, TERM: "xterm-256color" }
  })
  let unanswered = ""
  const waiting = [...answers]
  let drawn = Promise.resolve()
  terminal.onData((text) => {
    drawn = show(text)
    unanswered += text
    const [question, keys] = waiting[0] ?? []
    if (question === undefined || !question.test(unanswered)) return
    waiting.shift()
    unanswered = ""
    terminal.write(keys)
  })
  const code = await new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
  await drawn
  if (code !== 0) throw new Error(`${args[0]} ended with exit code ${code}:\n${linesOf().join("\n")}`)
}

const linesOf = () => {
  const { active } = screen.buffer
  const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row))
  const last = lines.findLastIndex((line) => line.translateToString(true) !== "")
  return lines.slice(0, last + 1)
}

/** The words of a picture. Figures differ from run to run, and with them the place of what follows. */
const wordsOf = (svg) => [...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text.replace(/[\d,.]*\d/g, "0"))

const keep = (path, svg) => {
  if (!process.argv.includes("--check")) {
    mkdirSync(pathOf("docs/images"), { recursive: true })
    writeFileSync(pathOf(path), svg)
  } else if (wordsOf(readFileSync(pathOf(path), "utf8")).join("\n") !== wordsOf(svg).join("\n")) {
    console.error(`${path} shows other words than the commands print. Run: npm run picture`)
    process.exitCode = 1
  }
}

const streams = "deals,activities,leads,notes"
const sync = async () => {
  await prompt("npx airbyte-source-pipedrive sync --to pipedrive.duckdb")
  await run(["sync", "--to", "pipedrive.duckdb"])
}

try {
  // The address of the local Pipedrive is left out of the command that is shown; an account of one's own needs none.
  await prompt(`npx airbyte-source-pipedrive init --streams ${streams}`)
  await run(
    ["init", "--base-url", emulator.url, "--streams", streams],
    [
      [/How do you sign in/, "\r"],
      [/API token[\s\S]*API token/, `${emulator.apiToken}\r`]
    ]
  )
  await show("\n")
  await sync()
  emulator.edit("v2/deals", emulator.ids("v2/deals").slice(0, 120))
  emulator.edit("v1/leads", emulator.ids("v1/leads").slice(0, 40))
  emulator.insert("v2/activities", 75)
  emulator.remove("v2/deals", emulator.ids("v2/deals").slice(-5))
  await show("\n")
  await sync()
  const title = "init connects an account, sync reads it into tables, and a second sync reads what has changed since."
  for (const [name, theme] of Object.entries(THEMES))
    keep(`docs/images/terminal-${name}.svg`, terminalSvg({ columns: COLUMNS, lines: linesOf(), theme, title }))
} finally {
  await emulator.close()
  rmSync(folder, { recursive: true })
}
