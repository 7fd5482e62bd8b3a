import { ConfigError, type JsonObject } from "@pipedrive-source/core/reader"
import * as Result from "effect/Result"
import { fs } from "./node.ts"

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
    fs.rmSync(draft, { force: true })
    const file = fs.openSync(draft, "wx", 0o600)
    try {
      fs.writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`)
      fs.fsyncSync(file)
    } finally {
      fs.closeSync(file)
    }
    fs.renameSync(draft, path)
    return Result.succeed(undefined)
  } catch (error) {
    fs.rmSync(draft, { force: true })
    return Result.fail(new ConfigError({ message: `The changed config cannot be saved to ${path}: ${codeOf(error)}.` }))
  }
}
