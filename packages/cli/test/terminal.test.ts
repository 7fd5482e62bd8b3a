import { stripVTControlCharacters } from "node:util"
import { expect, it, onTestFinished } from "vitest"
import { makeFolder, nodeArgs, openCompany } from "./folder.ts"

type Pty = typeof import("@lydell/node-pty")

/** Prebuilt for the usual systems alone. */
const pty: Pty | undefined = await import("@lydell/node-pty").catch(() => undefined)
if (pty === undefined) console.warn("No pseudo-terminal can be opened on this system: init's prompts are not tested.")

it.skipIf(pty === undefined)("init asks at a terminal, and sync shows how it goes", async () => {
  const emulator = await openCompany()
  const folder = makeFolder()
  const open = (args: ReadonlyArray<string>) => {
    const terminal = (pty as Pty).spawn(process.execPath, [...nodeArgs(args)], {
      cwd: folder.path,
      cols: 80,
      rows: 30,
      env: process.env
    })
    let said = ""
    let seen = 0
    const waiting: Array<() => void> = []
    terminal.onData((text) => {
      said += text
      for (const look of waiting) look()
    })
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
    onTestFinished(() => {
      try {
        terminal.kill()
      } catch {
        // It has ended.
      }
    })
    return {
      ended,
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
