import { ConfigError, type JsonObject } from "@pipedrive-source/core/reader"
import * as Result from "effect/Result"
import { fs, path as paths } from "./node.ts"

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error"

/** Where the text stops being JSON, in the parser's own words but without the text: it may hold a secret. */
const placeOf = (error: unknown): string => {
  const [place] = /line \d+ column \d+|position \d+/.exec(error instanceof Error ? error.message : "") ?? []
  return place === undefined ? "" : ` (${place})`
}

/** Reads a JSON file; an empty one is undefined. `what` says in an error which file it is. */
export const readJson = (path: string, what: string): Result.Result<unknown, ConfigError> => {
  try {
    const text = fs.readFileSync(path, "utf8").replace(/^\uFEFF/, "")
    if (/^\uFFFD|\0/.test(text)) {
      return Result.fail(new ConfigError({ message: `The ${what} file ${path} is no text in UTF-8.` }))
    }
    if (text.trim() === "") return Result.succeed(undefined)
    try {
      return Result.succeed(JSON.parse(text))
    } catch (error) {
      return Result.fail(new ConfigError({ message: `The ${what} file ${path} is not valid JSON${placeOf(error)}.` }))
    }
  } catch (error) {
    return Result.fail(new ConfigError({ message: `The ${what} file ${path} cannot be read: ${codeOf(error)}.` }))
  }
}

const unsavable = (path: string, why: string): Result.Result<never, ConfigError> =>
  Result.fail(
    new ConfigError({
      message: `A changed config cannot be saved to ${path}: ${why}. Name a file that may be written; a renewed token is in the CONTROL message alone until then.`
    })
  )

/** The file that a config is to be saved to, links followed; an error where it could not be. */
export const savableFile = (path: string): Result.Result<string, ConfigError> => {
  try {
    if (!fs.existsSync(path)) {
      fs.accessSync(paths.dirname(path), fs.constants.W_OK)
      return Result.succeed(path)
    }
    const file = fs.realpathSync(path)
    if (!fs.statSync(file).isFile()) return unsavable(path, "it is no regular file")
    fs.accessSync(file, fs.constants.W_OK)
    return Result.succeed(file)
  } catch (error) {
    return unsavable(path, codeOf(error))
  }
}

const writeWhole = (path: string, text: string, flag: "wx" | "w"): void => {
  const file = fs.openSync(path, flag, 0o600)
  try {
    fs.writeFileSync(file, text)
    fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

/** A folder that takes no new file, or a file mounted by itself: nothing can take its place. */
const irreplaceable = new Set(["EBUSY", "EXDEV", "EACCES", "EPERM", "EROFS"])

/**
 * Writes a config for its owner's eyes alone. Whoever reads the file sees the old one or the new one whole, but for a
 * file whose place no other can take.
 */
export const saveConfig = (path: string, config: JsonObject): Result.Result<void, ConfigError> => {
  const file = savableFile(path)
  if (Result.isFailure(file)) return Result.fail(file.failure)
  const text = `${JSON.stringify(config, null, 2)}\n`
  const draft = `${file.success}.${process.pid}.tmp`
  try {
    fs.rmSync(draft, { force: true })
    writeWhole(draft, text, "wx")
    fs.renameSync(draft, file.success)
    return Result.succeed(undefined)
  } catch (error) {
    fs.rmSync(draft, { force: true })
    if (!irreplaceable.has(codeOf(error))) return unsavable(path, codeOf(error))
  }
  try {
    writeWhole(file.success, text, "w")
    return Result.succeed(undefined)
  } catch (error) {
    return unsavable(path, codeOf(error))
  }
}
