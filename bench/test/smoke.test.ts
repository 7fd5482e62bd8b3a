import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, it } from "vitest"

const run = promisify(execFile)
const bench = new URL("../src/main.ts", import.meta.url).pathname

it("measures every case", async () => {
  const { stderr, stdout } = await run(process.execPath, [bench, "--smoke"])
  expect(stderr).toBe("")
  for (const line of [
    "start of spec",
    "start of check",
    "work of the account",
    "a loop that writes pages",
    "a loop that parses rows",
    "peak memory",
    "largest state",
    "spread evenly",
    "ten empty years",
    "all in the last week",
    "one dense day",
    "half of all in one second",
    "requests/s",
    "requests at 20 per 2 s",
    "requests at 480 per 2 s"
  ])
    expect(stdout).toMatch(new RegExp(`${line}.* \\d.* [<>]= [\\d.]+`))
})

it("names its cases where one is not known", async () => {
  await expect(run(process.execPath, [bench, "speed"])).rejects.toThrow(/no case speed, but start-up, /)
})
