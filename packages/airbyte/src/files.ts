import { ConfigError } from "@pipedrive-source/core/connection"
import * as Result from "effect/Result"
import { fs } from "./node.ts"

/** The system's code for a failure. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error"

/** Where the text stops being JSON, in the parser's own words but without the text, which may contain a secret. */
const placeOf = (error: unknown): string => {
  const [place] = /line \d+ column \d+|position \d+/.exec(error instanceof Error ? error.message : "") ?? []
  return place === undefined ? "" : ` (${place})`
}

/** No file of a sync is nested deeper than this; one that is could not be written again. */
const MAX_DEPTH = 500

/** Whether a value is nested too deeply. Without recursion, which has a limit of its own. */
const isTooDeep = (value: unknown): boolean => {
  let level: ReadonlyArray<unknown> = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []))
  }
  return false
}

/** What to do about an empty file, where that is not obvious. */
const remedies: { readonly [what: string]: string } = {
  state: ": pass the state of an earlier run, or leave out --state to read everything"
}

/** Reads a JSON file; `what` names it in errors. */
export const readJson = (path: string, what: string): Result.Result<unknown, ConfigError> => {
  const refuse = (problem: string) => Result.fail(new ConfigError({ message: `The ${what} file ${path} ${problem}.` }))
  try {
    const text = fs.readFileSync(path, "utf8").replace(/^\uFEFF/, "")
    if (/^\uFFFD|\0/.test(text)) return refuse("is not valid UTF-8")
    if (text.trim() === "") return refuse(`is empty${remedies[what] ?? ""}`)
    try {
      const value: unknown = JSON.parse(text)
      return isTooDeep(value) ? refuse(`is nested more than ${MAX_DEPTH} levels deep`) : Result.succeed(value)
    } catch (error) {
      return refuse(`is not valid JSON${placeOf(error)}`)
    }
  } catch (error) {
    return refuse(`cannot be read: ${codeOf(error)}`)
  }
}
