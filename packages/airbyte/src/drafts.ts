/**
 * Names for drafts: a config is written to a draft beside its file, which then takes the file's place. A run that is
 * killed meanwhile leaves its draft, with secrets in it; the next run removes it.
 */
import { codeOf } from "./files.ts"
import { fs, path as paths } from "./node.ts"

/** Only loaded when a config is saved: most runs save none. */
const crypto = () => process.getBuiltinModule("node:crypto")

/** Only the machine that wrote a draft can tell whether its process is alive; containers that share a folder have the same process ids. */
const host = (): string =>
  crypto().createHash("sha256").update(process.getBuiltinModule("node:os").hostname()).digest("hex").slice(0, 8)

/** Drafts that this process is still writing. */
const own = new Set<string>()

/** `config.json.1f2e3d4c-123-9a8b7c6d.tmp`, or `config.json.123.tmp` by an earlier version. */
const form = /^\.(?:([0-9a-f]{8})-)?(\d+)(?:-[0-9a-f]{8})?\.tmp$/

/** A day, in milliseconds: writing a draft never takes that long. */
const OLD_MS = 86_400_000

/** The name of a draft beside a file, which no other process uses. */
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

/** Removes the drafts beside a file whose runs were killed while they wrote: they contain secrets. */
export const removeOldDrafts = (file: string): void => {
  const folder = paths.dirname(file)
  const name = paths.basename(file)
  try {
    for (const entry of fs.readdirSync(folder)) {
      const [, maker = host(), pid] = (entry.startsWith(name) && form.exec(entry.slice(name.length))) || []
      const draft = paths.join(folder, entry)
      if (pid === undefined || own.has(draft)) continue
      // A draft with this process's own id is from an earlier process that had it.
      const isLeft = maker === host() && (Number(pid) === process.pid || !isRunning(Number(pid)))
      if (isLeft || Date.now() - fs.statSync(draft).mtimeMs > OLD_MS) fs.rmSync(draft, { force: true })
    }
  } catch {
    // In a folder that cannot be listed nothing can be removed; a later run tries again.
  }
}
