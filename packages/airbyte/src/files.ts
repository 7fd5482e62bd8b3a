import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { ConfigError, type JsonObject } from "@pipedrive-source/core/reader"
import * as Result from "effect/Result"

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
    const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "")
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

/** Writes a config for its owner's eyes alone; whoever reads the file sees the old one or the new one whole. */
export const saveConfig = (path: string, config: JsonObject): Result.Result<void, ConfigError> => {
  const draft = `${path}.${process.pid}.tmp`
  try {
    rmSync(draft, { force: true })
    const file = openSync(draft, "wx", 0o600)
    try {
      writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
    return Result.succeed(undefined)
  } catch (error) {
    rmSync(draft, { force: true })
    return Result.fail(new ConfigError({ message: `The changed config cannot be saved to ${path}: ${codeOf(error)}.` }))
  }
}
