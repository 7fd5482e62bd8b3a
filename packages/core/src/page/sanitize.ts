import { bytesOf, textOf } from "./text.ts"

const separators = /[\u0085\u2028\u2029]/g
const lineBreaks = /[\r\n]/g
const pairsAndHalves =
  /\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g

/**
 * A row that can be written on a line of its own and read by a strict JSON parser: line separators are escaped, line
 * breaks between tokens become spaces, half a surrogate pair becomes U+FFFD. Everything else stays as it is.
 */
export const sanitize = (row: Uint8Array): Uint8Array =>
  bytesOf(
    textOf(row)
      .replace(separators, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .replace(lineBreaks, " ")
      .replace(pairsAndHalves, (found) => (found.length === 6 ? "\\ufffd" : found))
  )
