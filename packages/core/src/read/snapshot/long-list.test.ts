import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, it, onTestFinished } from "vitest"

const run = promisify(execFile)
const program = fileURLToPath(new URL("../../../test/long-list.ts", import.meta.url))
const ROWS = 250_000
/** What is left of 160 MB beside the 60 MB of a process that has read nothing yet. */
const MOST_MB = 100

// Node runs TypeScript by itself from 22.18 on.
it.skipIf(!("typescript" in process.features) || process.features.typescript === false)(
  "a list of 250,000 rows is compared with its last read in little memory, and only what is new is emitted",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "long-list-"))
    onTestFinished(() => rm(folder, { recursive: true }))
    const state = join(folder, "state.json")
    const read = async (edited: number) => {
      const flags = ["--max-semi-space-size=4", "--conditions=@pipedrive-source/source"]
      const { stdout } = await run(process.execPath, [...flags, program, state, String(ROWS), String(edited)])
      const { emitted, endMb, startMb } = JSON.parse(stdout) as Record<"emitted" | "endMb" | "startMb", number>
      return { emitted, tookMb: endMb - startMb }
    }
    const first = await read(0)
    expect(first.emitted).toBe(ROWS)
    expect((await readFile(state)).length).toBeLessThanOrEqual(256 * 1024)
    const second = await read(77)
    // The ids of its bucket come with it.
    expect([second.emitted > 0, second.emitted < 100]).toEqual([true, true])
    const third = await read(77)
    expect(third.emitted).toBe(0)
    expect(Math.max(first.tookMb, second.tookMb, third.tookMb)).toBeLessThanOrEqual(MOST_MB)
  }
)
