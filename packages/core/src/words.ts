import type { HttpAnswer } from "./http.ts"
import { textOf } from "./text.ts"

/** Letters of a foreign text that go into a message. */
const MAX_LETTERS = 200

/** A foreign text, fit for a message. Secrets are taken out before it is cut, or half of one could be left. */
export const excerpt = (text: string, redact: (text: string) => string): string => redact(text).slice(0, MAX_LETTERS)

/** Whether an answer is a page for people, as gateways and proxies send it. */
export const isHtml = (answer: HttpAnswer): boolean =>
  /html/i.test(answer.header("content-type") ?? "") || /^\s*</.test(textOf(answer.body.subarray(0, 64)))

/** The server's own text in an error's body: the first of these properties that is a string. */
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
