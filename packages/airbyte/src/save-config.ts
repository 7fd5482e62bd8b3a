import { ConfigError, type JsonObject } from "@pipedrive-source/core/reader"
import * as Result from "effect/Result"
import { draftOf, removeOldDrafts } from "./drafts.ts"
import { codeOf } from "./files.ts"
import { fs, path as paths } from "./node.ts"

const unsavable = (path: string, why: string): Result.Result<never, ConfigError> =>
  Result.fail(
    new ConfigError({
      message: `The changed config cannot be saved to ${path}: ${why}. Name a writable file; until then, a renewed token is only in the CONTROL message.`
    })
  )

/**
 * The file that a config is to be saved to, links followed; an error where it could not be. Drafts that killed runs left
 * beside it are removed.
 */
export const savableFile = (path: string): Result.Result<string, ConfigError> => {
  try {
    if (!fs.existsSync(path)) {
      fs.accessSync(paths.dirname(path), fs.constants.W_OK)
      removeOldDrafts(path)
      return Result.succeed(path)
    }
    const file = fs.realpathSync(path)
    if (!fs.statSync(file).isFile()) return unsavable(path, "it is not a regular file")
    fs.accessSync(file, fs.constants.W_OK)
    removeOldDrafts(file)
    return Result.succeed(file)
  } catch (error) {
    return unsavable(path, codeOf(error))
  }
}

/** Writes all of it from a place on, and waits until it is kept. */
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
 * Writes into a file whose place no other can take. Room is made before anything is changed, with blanks that JSON
 * passes over, and what was there is put back where the rest fails.
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

/** A folder that takes no new file, or a file mounted by itself: nothing can take its place. */
const irreplaceable = new Set(["EBUSY", "EXDEV", "EACCES", "EPERM", "EROFS", "ENAMETOOLONG"])

/** Whether a file is on another disk than its folder, which may be full where the file's own is not. */
const isMounted = (file: string): boolean =>
  fs.existsSync(file) && fs.statSync(file).dev !== fs.statSync(paths.dirname(file)).dev

/**
 * Writes a config for its owner's eyes alone. Whoever reads the file sees the old one or the new one whole, but for a
 * file whose place no other can take: that one is overwritten, with a copy beside it meanwhile where that is possible.
 * The old content stays where the new one finds no room.
 */
export const saveConfig = (path: string, config: JsonObject): Result.Result<void, ConfigError> => {
  const found = savableFile(path)
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
