import { stripVTControlCharacters } from "node:util"
import { expect, it, onTestFinished } from "vitest"
import { type Folder, initFolder, makeFolder, nodeArgs, openCompany } from "./folder.ts"

type Pty = typeof import("@lydell/node-pty")

/** Prebuilt for the usual systems alone. */
const pty: Pty | undefined = await import("@lydell/node-pty").catch(() => undefined)
if (pty === undefined) console.warn("No pseudo-terminal can be opened on this system: init's prompts are not tested.")

/** Starts a command at a terminal of 80 columns. */
const openIn = (folder: Folder, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}) => {
  const terminal = (pty as Pty).spawn(process.execPath, [...nodeArgs(args)], {
    cwd: folder.path,
    cols: 80,
    rows: 30,
    env: { ...process.env, ...env }
  })
  let said = ""
  let seen = 0
  const waiting: Array<() => void> = []
  terminal.onData((text) => {
    said += text
    for (const look of waiting) look()
  })
  /** As a shell has it: more than 128 where a signal ended it. */
  const ended = new Promise<number>((resolve) =>
    terminal.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode))
  )
  onTestFinished(() => {
    try {
      terminal.kill()
    } catch {
      // It has ended.
    }
  })
  return {
    ended,
    raw: () => said,
    said: () => stripVTControlCharacters(said),
    /** Types once the terminal shows something that it did not before. */
    answer: async (pattern: RegExp, keys: string): Promise<void> => {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          const found = pattern.exec(said.slice(seen))
          if (found === null) return
          seen += found.index + found[0].length
          resolve()
        }
        waiting.push(look)
        look()
      })
      terminal.write(keys)
    }
  }
}

it.skipIf(pty === undefined)("init asks at a terminal, and sync shows how it goes", async () => {
  const emulator = await openCompany()
  const folder = makeFolder()
  const open = (args: ReadonlyArray<string>) => openIn(folder, args)
  const init = open(["init", "--base-url", emulator.url])
  await init.answer(/How do you sign in/, "\r")
  await init.answer(/API token[\s\S]*API token/, `${emulator.apiToken}\r`)
  await init.answer(/Which streams/, "\r")
  expect(await init.ended).toBe(0)
  expect(init.said()).not.toContain(emulator.apiToken)
  expect(folder.readJson("pipedrive.json").credentials.api_token).toBe(emulator.apiToken)
  const again = open(["init", "--base-url", emulator.url])
  await again.answer(/Overwrite/, "n")
  expect(await again.ended).toBe(1)
  const sync = open(["sync", "--to", "x.duckdb"])
  expect(await sync.ended).toBe(0)
  expect(sync.said()).toMatch(/streams? done/)
  expect(sync.said()).toMatch(/stream\s+new\s+changed\s+deleted\s+rows in table/)
})

it.skipIf(pty === undefined)("sync says how long it takes where the rows of the last time tell it", async () => {
  const emulator = await openCompany({ size: { deals: 2400 }, maxPageSize: 200, latencyMs: 150 })
  const folder = await initFolder(emulator, "deals")
  const sync = ["sync", "--to", "x.duckdb"]
  const first = openIn(folder, sync)
  expect(await first.ended).toBe(0)
  expect(first.said()).toContain("rows/s")
  expect(first.said()).not.toContain("left\r")
  const again = openIn(folder, [...sync, "--refresh", "deals"])
  expect(await again.ended).toBe(0)
  expect(again.said()).toMatch(/deals +[\d,]+ rows +[\d,]+ rows\/s +about \d+ s left/)
  const lines = again.said().split(/[\r\n]+/)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
})

it.skipIf(pty === undefined)("Ctrl-C ends a sync, which goes on the next time, and calls off init", async () => {
  const emulator = await openCompany({ size: { deals: 3000 }, latencyMs: 250 })
  const folder = await initFolder(emulator, "deals,pipelines")
  const sync = openIn(folder, ["sync", "--to", "x.duckdb"])
  await sync.answer(/1 stream done/, "\u0003")
  expect(await sync.ended).toBe(130)
  expect(sync.said()).toMatch(/deals .* partly[\s\S]*pipelines +3 +0 +0 +3\r[\s\S]*Stopped. What has been read is kept/)
  expect(sync.said()).not.toMatch(/unexpected|error|\n\s+at /i)
  const { streams } = await folder.json("sync", "--to", "x.duckdb")
  expect(streams).toContainEqual(expect.objectContaining({ stream: "deals", complete: true }))
  const before = folder.read("pipedrive.json")
  const init = openIn(folder, ["init", "--base-url", emulator.url, "--force"])
  await init.answer(/How do you sign in/, "\u0003")
  expect(await init.ended).toBe(1)
  expect(init.said()).toContain("Nothing was changed.")
  expect(folder.read("pipedrive.json")).toBe(before)
})

it.skipIf(pty === undefined)("a mistyped command is answered in words", async () => {
  const typed = openIn(makeFolder(), ["synch", "--to", "x.duckdb"])
  expect(await typed.ended).toBe(2)
  expect(typed.said()).toMatch(/unknown command 'synch'[\s\S]*Did you mean sync/)
})

it.skipIf(pty === undefined)("a terminal has colours, but not with NO_COLOR", async () => {
  const folder = makeFolder()
  const styled = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`)
  const open = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const streams = openIn(folder, ["streams", "--package", "crm"], env)
    expect(await streams.ended).toBe(0)
    return streams.raw()
  }
  expect(await open({ NO_COLOR: "" })).toMatch(styled)
  expect(await open({ NO_COLOR: "1" })).not.toMatch(styled)
})
