import { Result } from "effect"
import type { Query } from "../declare/stream.ts"

/** Whether a text can be part of a URL: half a surrogate pair has no bytes in UTF-8. */
export const isEncodable = (text: string): boolean => {
  try {
    encodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/**
 * A query as the end of a URL, with its `?`; empty for no parameters. Fails with the name of a parameter whose value
 * cannot be part of a URL.
 */
export const queryText = (query: Query): Result.Result<string, string> => {
  const parts: Array<string> = []
  for (const [name, value] of Object.entries(query)) {
    if (!isEncodable(value)) return Result.fail(name)
    parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  }
  return Result.succeed(parts.length === 0 ? "" : `?${parts.join("&")}`)
}
