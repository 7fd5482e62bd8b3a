import { join } from "node:path"
import { expect, it } from "vitest"
import { run } from "./process.ts"
import { root } from "./repository.ts"

/** Prebuilt for the usual systems alone. */
const pty = await import("@lydell/node-pty").catch(() => undefined)

it.skipIf(pty === undefined)("the picture in README shows what init and sync print", async () => {
  const script = join(root, "scripts/picture.mjs")
  expect(await run(process.execPath, [script, "--check"], { cwd: root })).toEqual({ code: 0, stdout: "", stderr: "" })
})
