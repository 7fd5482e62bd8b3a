import { Result } from "effect"
import type { Query } from "./stream.ts"

/**
 * A query as a URL ends with it, `?` included where there is one. Fails with the name of a parameter that cannot be
 * written: half a surrogate pair has no bytes in UTF-8.
 */
export const queryText = (query: Query): Result.Result<string, string> => {
  const parts: Array<string> = []
  for (const [name, value] of Object.entries(query)) {
    try {
      parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    } catch {
      return Result.fail(name)
    }
  }
  return Result.succeed(parts.length === 0 ? "" : `?${parts.join("&")}`)
}
