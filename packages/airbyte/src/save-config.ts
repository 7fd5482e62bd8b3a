/**
 * Saves a changed config for `--save-config`. The new content is written to a draft that then takes the file's place, so
 * that the file is never half written. A file that cannot be replaced (mounted by itself, or in a folder that takes no
 * new file) is overwritten in place, with a copy beside it meanwhile if that is possible.
 */
import { ConfigError, type JsonObject } from "@pipedrive-source/core/connection"
import * as Result from "effect/Result"
import { draftOf, removeOldDrafts } from "./drafts.ts"
import { codeOf } from "./files.ts"
import { fs, path as paths } from "./node.ts"

const unsavable = (path: string, why: string): Result.Result<never, ConfigError> =>
  Result.fail(
    new ConfigError({
      message: `The config cannot be saved to ${path}: ${why}. Name a writable file.`
    })
  )

/** The file that a path leads to, with links followed. Drafts that killed runs left beside it are removed. */
const fileAt = (path: string): Result.Result<string, ConfigError> => {
  try {
    const file = fs.existsSync(path) ? fs.realpathSync(path) : path
    if (fs.existsSync(file) && !fs.statSync(file).isFile()) return unsavable(path, "it is not a regular file")
    removeOldDrafts(file)
    return Result.succeed(file)
  } catch (error) {
    return unsavable(path, codeOf(error))
  }
}

/** Fails where a file cannot be created. Not every file system that refuses new files says so when asked for rights. */
const tryCreating = (file: string): void => {
  const draft = draftOf(file)
  fs.closeSync(fs.openSync(draft, "wx", 0o600))
  fs.rmSync(draft)
}

/** The file that a config is to be saved to; an error if it cannot be written. */
export const savableFile = (path: string): Result.Result<string, ConfigError> => {
  const found = fileAt(path)
  if (Result.isFailure(found)) return found
  const file = found.success
  try {
    if (fs.existsSync(file)) fs.accessSync(file, fs.constants.W_OK)
    else tryCreating(file)
    return found
  } catch (error) {
    return unsavable(path, codeOf(error))
  }
}

/** Writes all of `bytes` from a position on, and waits until it is on disk. */
const writeAt = (file: number, bytes: Uint8Array, at: number): void => {
  let written = 0
  while (written < bytes.length) written += fs.writeSync(file, bytes, written, bytes.length - written, at + written)
  fs.fsyncSync(file)
}

const writeNew = (path: string, bytes: Uint8Array): void => {
  const file = fs.openSync(path, "wx", 0o600)
  try {
    writeAt(file, bytes, 0)
  } finally {
    fs.closeSync(file)
  }
}

const BLANK = 0x20

/**
 * Overwrites a file that cannot be replaced. Space is reserved before anything is changed, with blanks that JSON ignores,
 * and the old content is restored if the rest fails.
 */
const overwrite = (path: string, bytes: Uint8Array): void => {
  const before = fs.readFileSync(path)
  const whole = new Uint8Array(Math.max(before.length, bytes.length)).fill(BLANK)
  const file = fs.openSync(path, "r+")
  try {
    try {
      writeAt(file, whole.subarray(before.length), before.length)
    } catch (error) {
      fs.ftruncateSync(file, before.length)
      throw error
    }
    whole.set(bytes)
    try {
      writeAt(file, whole, 0)
    } catch (error) {
      writeAt(file, before, 0)
      fs.ftruncateSync(file, before.length)
      throw error
    }
    fs.ftruncateSync(file, bytes.length)
    fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

/** Codes of a file that cannot be replaced: its folder takes no new file, or it is mounted by itself. */
const irreplaceable = new Set(["EBUSY", "EXDEV", "EACCES", "EPERM", "EROFS", "ENAMETOOLONG"])

/** Whether a file is on another disk than its folder: one may be full while the other is not. */
const isMounted = (file: string): boolean =>
  fs.existsSync(file) && fs.statSync(file).dev !== fs.statSync(paths.dirname(file)).dev

/**
 * Writes a config that only its owner can read. A reader of the file sees either the old config or the new one, complete,
 * unless the file cannot be replaced and is overwritten. If there is no space for the new content, the old one stays.
 */
export const saveConfig = (path: string, config: JsonObject): Result.Result<void, ConfigError> => {
  const found = fileAt(path)
  if (Result.isFailure(found)) return Result.fail(found.failure)
  const file = found.success
  const bytes = Buffer.from(`${JSON.stringify(config, null, 2)}\n`)
  const draft = draftOf(file)
  try {
    try {
      writeNew(draft, bytes)
      fs.renameSync(draft, file)
    } catch (error) {
      const code = codeOf(error)
      if (!irreplaceable.has(code) && !(code === "ENOSPC" && isMounted(file))) throw error
      overwrite(file, bytes)
    }
    return Result.succeed(undefined)
  } catch (error) {
    return unsavable(path, codeOf(error))
  } finally {
    fs.rmSync(draft, { force: true })
  }
}
