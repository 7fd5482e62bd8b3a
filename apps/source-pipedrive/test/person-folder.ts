import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url))

/** A command that runs. */
interface Running {
  readonly kill: () => void
  /** Resolves with its exit code, and with what it said; the code of one that was killed is null. */
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>
}

/** A folder in which a person runs the built command. */
export interface PersonFolder {
  readonly path: string
  readonly start: (...args: ReadonlyArray<string>) => Running
  /** Runs a command that is to succeed. */
  readonly run: (...args: ReadonlyArray<string>) => Promise<void>
  // biome-ignore lint/suspicious/noExplicitAny: files of several kinds are looked into
  readonly readJson: (file: string) => any
  readonly write: (file: string, content: object) => void
  /** Calls this each time a file of the folder changes, until the returned function is called. */
  readonly onChange: (file: string, changed: () => void) => () => void
}

/** Makes an empty folder that is gone when the test is finished. */
export const makePersonFolder = (): PersonFolder => {
  const path = mkdtempSync(join(tmpdir(), "person-"))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  const start: PersonFolder["start"] = (...args) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: path, stdio: ["ignore", "pipe", "pipe"] })
    const code = new Promise<number | null>((resolve) => child.once("close", resolve))
    const said = Promise.all([text(child.stdout), text(child.stderr)])
    return {
      kill: () => child.kill("SIGKILL"),
      ended: code.then(async (code) => ({ code, said: (await said).join("") }))
    }
  }
  return {
    path,
    start,
    run: async (...args) => {
      const { code, said } = await start(...args).ended
      if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${said}`)
    },
    readJson: (file) => JSON.parse(readFileSync(join(path, file), "utf8")),
    write: (file, content) => writeFileSync(join(path, file), JSON.stringify(content)),
    onChange: (file, changed) => {
      const watcher = watch(path, (_, name) => {
        if (name === file) changed()
      })
      return () => watcher.close()
    }
  }
}
