import { textOf } from "../page/text.ts"
import type { HttpAnswer } from "./port.ts"

/** What of a foreign text goes into a message. */
const MOST_LETTERS = 200

/** A foreign text as a message may hold it: secrets are taken out before it is cut, or half of one would be left. */
export const excerpt = (text: string, redact: (text: string) => string): string => redact(text).slice(0, MOST_LETTERS)

/** Whether an answer is a page for people, as gateways and proxies give it. */
export const isHtml = (answer: HttpAnswer): boolean =>
  /html/i.test(answer.header("content-type") ?? "") || /^\s*</.test(textOf(answer.body.subarray(0, 64)))

/** The server's own words in an error's body: the first of these properties that is a text. */
export const wordsOf = (
  answer: HttpAnswer,
  redact: (text: string) => string,
  names: ReadonlyArray<string> = ["error", "message"]
): string => {
  if (isHtml(answer)) return "an HTML page"
  const text = textOf(answer.body.subarray(0, 4096))
  try {
    const body = (JSON.parse(text) ?? {}) as { readonly [name: string]: unknown }
    const words = names.map((name) => body[name]).find((word) => typeof word === "string" && word.length > 0)
    return typeof words === "string" ? excerpt(words, redact) : "no reason given"
  } catch {
    return excerpt(text.trim(), redact).slice(0, 100) || "no reason given"
  }
}
