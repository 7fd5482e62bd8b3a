// Runs every scripts/lint-*.mjs: what holds in this repository and no tool knows of. Each says at its top what that is.
import { spawn } from "node:child_process"
import { readdirSync } from "node:fs"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const waiting = readdirSync(new URL(".", import.meta.url)).filter((name) => /^lint-.+\.mjs$/.test(name))

const run = (name) =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [`scripts/${name}`], { cwd: root, stdio: "inherit" })
    child.once("error", fail).once("close", (code) => done(code === 0))
  })

const work = async () => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (await run(name)) continue
    console.error(`scripts/${name} failed`)
    process.exitCode = 1
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work))
