/** A property of an object: its name, and its value as the text it stood in. */
export type Member = readonly [name: string, text: string]

const QUOTE = '"'

const endOfText = (json: string, start: number): number => {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === "\\") at++
    else if (json[at] === QUOTE) return at + 1
  }
  throw new Error(`A text that does not end: ${json.slice(start, start + 80)}`)
}

/** The properties of an object whose JSON has no space between tokens, each value as its own text. */
export const membersOf = (json: string): ReadonlyArray<Member> => {
  const members: Array<Member> = []
  let at = 1
  while (json[at] === QUOTE) {
    const endOfName = endOfText(json, at)
    const start = endOfName + 1
    let depth = 0
    let end = start
    for (; end < json.length; end++) {
      const letter = json[end]
      if (letter === QUOTE) end = endOfText(json, end) - 1
      else if (letter === "{" || letter === "[") depth++
      else if (depth > 0 && (letter === "}" || letter === "]")) depth--
      else if (depth === 0 && (letter === "," || letter === "}")) break
    }
    members.push([JSON.parse(json.slice(at, endOfName)), json.slice(start, end)])
    at = end + 1
  }
  return members
}

/** An object of these properties. */
export const objectText = (members: ReadonlyArray<Member>): string =>
  `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000

/**
 * A row as it has to arrive: its own text, but for U+0085, U+2028 and U+2029, which are escaped, and halves of
 * surrogate pairs, which become U+FFFD.
 */
export const mended = (json: string): string => {
  if (!/[\\\u0085\u2028\u2029]/.test(json)) return json
  let out = ""
  for (let at = 0; at < json.length; at++) {
    const letter = json[at] as string
    if (letter === "\u0085" || letter === "\u2028" || letter === "\u2029") {
      out += `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`
    } else if (letter !== "\\") out += letter
    else if (json[at + 1] !== "u") {
      out += json.slice(at, at + 2)
      at++
    } else {
      const unit = Number.parseInt(json.slice(at + 2, at + 6), 16)
      const next = json.slice(at + 6, at + 8) === "\\u" ? Number.parseInt(json.slice(at + 8, at + 12), 16) : 0
      const isPair = isHigh(unit) && isLow(next)
      const length = isPair ? 12 : 6
      out += !isPair && (isHigh(unit) || isLow(unit)) ? "\\ufffd" : json.slice(at, at + length)
      at += length - 1
    }
  }
  return out
}
