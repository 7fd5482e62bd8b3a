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
    "deals of 100 custom fields",
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

const usage = "Usage: npm run bench -- \\[start-up\\|.*\\n$"

it("tells its usage", async () => {
  const { stderr, stdout } = await run(process.execPath, [bench, "--help"])
  expect(stderr).toBe("")
  expect(stdout).toMatch(new RegExp(`^${usage}`))
})

it.each([
  ["There is no case speed", ["speed"]],
  ["--runs wants a number from 1 on, not abc", ["--runs", "abc"]],
  ["--latency wants milliseconds, not soon", ["--latency", "soon"]],
  ["Unknown option '--fast'", ["--fast"]]
])("ends with one line: %s", async (what, args) => {
  await expect(run(process.execPath, [bench, ...args])).rejects.toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(new RegExp(`^${what}.*\\. ${usage}`))
  })
})
