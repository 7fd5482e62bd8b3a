import { textOf } from "../page/text.ts"
import type { HttpAnswer } from "./port.ts"
import { excerpt } from "./redaction.ts"

/** Whether an answer is a page for people, as gateways and proxies send it. */
export const isHtml = (answer: HttpAnswer): boolean =>
  /html/i.test(answer.header("content-type") ?? "") || /^\s*</.test(textOf(answer.body.subarray(0, 64)))

/** The server's own text in an error's body: the first of these properties that is a string. */
export const errorText = (
  answer: HttpAnswer,
  redact: (text: string) => string,
  names: ReadonlyArray<string> = ["error", "message"]
): string => {
  if (isHtml(answer)) return "an HTML page"
  const text = textOf(answer.body.subarray(0, 4096))
  try {
    const body = (JSON.parse(text) ?? {}) as { readonly [name: string]: unknown }
    const found = names.map((name) => body[name]).find((value) => typeof value === "string" && value !== "")
    return typeof found === "string" ? excerpt(found, redact) : "no reason given"
  } catch {
    return excerpt(text.trim(), redact).slice(0, 100) || "no reason given"
  }
}
