import { codeOf } from "./files.ts"
import { fs, path as paths } from "./node.ts"

/** Loaded where a config is saved: most runs save none. */
const crypto = () => process.getBuiltinModule("node:crypto")

/** A draft's process is judged on its own machine alone; containers that share a folder have the same process ids. */
const host = (): string =>
  crypto().createHash("sha256").update(process.getBuiltinModule("node:os").hostname()).digest("hex").slice(0, 8)

/** Drafts of this process, which are still being written. */
const own = new Set<string>()

/** `config.json.1f2e3d4c-123-9a8b7c6d.tmp`, or of an earlier version `config.json.123.tmp`. */
const form = /^\.(?:([0-9a-f]{8})-)?(\d+)(?:-[0-9a-f]{8})?\.tmp$/

/** A day, in milliseconds: no draft is written for so long. */
const OLD_MS = 86_400_000

/** A name beside a file, which no other process takes, for what is to take the file's place. */
export const draftOf = (file: string): string => {
  const draft = `${file}.${host()}-${process.pid}-${crypto().randomBytes(4).toString("hex")}.tmp`
  own.add(draft)
  return draft
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== "ESRCH"
  }
}

/** Removes what runs left beside a file that were killed while they wrote: it holds secrets. */
export const removeOldDrafts = (file: string): void => {
  const folder = paths.dirname(file)
  const name = paths.basename(file)
  try {
    for (const entry of fs.readdirSync(folder)) {
      const [, maker = host(), pid] = (entry.startsWith(name) && form.exec(entry.slice(name.length))) || []
      const draft = paths.join(folder, entry)
      if (pid === undefined || own.has(draft)) continue
      // One with this process's own number is of an earlier one that had it.
      const isLeft = maker === host() && (Number(pid) === process.pid || !isRunning(Number(pid)))
      if (isLeft || Date.now() - fs.statSync(draft).mtimeMs > OLD_MS) fs.rmSync(draft, { force: true })
    }
  } catch {
    // A folder that cannot be listed has nothing to be removed; a later run tries again.
  }
}
