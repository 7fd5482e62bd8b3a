import { expect, it } from "vitest"
import { makePersonFolder } from "./person-folder.ts"

const COMMANDS = ["init", "sync", "plan", "doctor", "sample", "streams"]

it("what commands say of themselves and of all streams fits 80 columns", async () => {
  const folder = makePersonFolder()
  const asked = [["--help"], ["streams"], ...COMMANDS.map((command) => [command, "--help"])]
  for (const args of asked) {
    const { code, said } = await folder.start(...args).ended
    expect(code, args.join(" ")).toBe(0)
    expect(said.split("\n").filter((line) => line.length > 80)).toEqual([])
  }
})
