import { isEncodable } from "../http/url.ts"

/** Longest key, in characters; the API's own are numbers, UUIDs and hex of up to 36. */
const MAX_LENGTH = 256

/** Characters that would end a path segment or a list of keys, be decoded to such a character, or break a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const FORBIDDEN = /[/\\%?#,\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/**
 * A key as it is sent in a request: a whole number, or a string that stays one segment of a path.
 *
 * @param json the key as JSON text
 * @returns undefined for everything else: fractions, booleans, objects, an empty string, `.` and `..`
 */
export const askedAs = (json: string): string | undefined => {
  if (/^-?(0|[1-9]\d{0,30})$/.test(json)) return json
  if (!json.startsWith('"') || json.length > 8 * MAX_LENGTH) return undefined
  let text: unknown
  try {
    text = JSON.parse(json)
  } catch {
    return undefined
  }
  if (typeof text !== "string" || text.length > MAX_LENGTH || text.trim() === "" || /^\.+$/.test(text)) return undefined
  return FORBIDDEN.test(text) || !isEncodable(text) ? undefined : text
}
