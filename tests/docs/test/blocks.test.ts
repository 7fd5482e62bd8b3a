import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { notRun } from "../not-run.ts"
import { type Account, openAccount } from "./account.ts"
import { runJson } from "./kinds/json.ts"
import { parseMermaid } from "./kinds/mermaid.ts"
import { checkDockerfile, compilePython, parseYaml } from "./kinds/other.ts"
import { parseTypeScript, runScript } from "./kinds/script.ts"
import { runShell } from "./kinds/shell.ts"
import { runSql } from "./kinds/sql.ts"
import { checkTypes, isChecked } from "./kinds/types.ts"
import { type Block, blocksOf, pages, placeOf } from "./markdown.ts"
import { reasonOf, used } from "./not-run.ts"
import { openStory, type Story } from "./story.ts"

/** How each kind of block is run. */
const KINDS: Readonly<Record<string, (block: Block, story: Story) => Promise<void>>> = {
  dockerfile: checkDockerfile,
  js: runScript,
  json: runJson,
  jsonl: runJson,
  mermaid: parseMermaid,
  python: compilePython,
  sh: runShell,
  sql: runSql,
  ts: (block) => (isChecked(block) ? checkTypes(block) : parseTypeScript(block)),
  yaml: parseYaml
}

/** What is no code: it is read, not run. */
const READ = new Set(["", "text"])

let account: Account
beforeAll(async () => {
  account = await openAccount()
})
afterAll(() => account.close())

describe.each(pages.filter((page) => blocksOf(page).some(({ language }) => !READ.has(language))))("%s", (page) => {
  let story: Story & { readonly close: () => void }
  beforeAll(() => {
    story = openStory(page, account)
  })
  afterAll(() => story.close())

  for (const block of blocksOf(page)) {
    if (READ.has(block.language)) continue
    const why = reasonOf(block)
    const name = `${placeOf(block)} ${block.language} ${block.meta}`.trim()
    if (why !== undefined) it.skip(`${name}: ${why}`)
    else
      it(name, async () => {
        const kind = KINDS[block.language]
        if (kind === undefined) throw new Error(`Nobody runs ${block.language}: teach it to tests/docs, or use text.`)
        await kind(block, story)
      })
  }
})

it("every entry of the list of what is not run is about a block", () => {
  expect(notRun.filter((entry) => !used.has(entry))).toEqual([])
})
