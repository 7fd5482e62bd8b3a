import { closeSync, openSync, readFileSync, renameSync, writeSync } from "node:fs"

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPENING = new Set([0x7b, 0x5b])
const CLOSING = new Set([0x7d, 0x5d])
const LINE_END = 0x0a

/** Past the string that begins at a quote. */
const endOfString = (line: Uint8Array, start: number): number => {
  let at = start + 1
  while (line[at] !== QUOTE) at += line[at] === BACKSLASH ? 2 : 1
  return at + 1
}

/** Members of the object that a line is, each by its name as its own text. */
const membersOf = (line: Buffer): ReadonlyArray<readonly [name: string, member: Buffer]> => {
  const members: Array<readonly [string, Buffer]> = []
  let start = 1
  let name: string | undefined
  let depth = 0
  for (let at = 0; at < line.length; ) {
    const byte = line[at] as number
    if (byte === QUOTE) {
      at = endOfString(line, at)
      continue
    }
    if (OPENING.has(byte)) depth++
    if (depth === 1 && byte === COLON && name === undefined) name = JSON.parse(line.toString("utf8", start, at))
    if (CLOSING.has(byte)) depth--
    if (name !== undefined && ((depth === 1 && byte === COMMA) || depth === 0)) {
      members.push([name, line.subarray(start, at)])
      start = at + 1
      name = undefined
    }
    at++
  }
  return members
}

/** An object whose members are there once each, the last of a name with its value. */
const withoutRepeated = (line: Buffer): Buffer => {
  const members = membersOf(line)
  const last = new Map(members)
  return last.size === members.length ? line : Buffer.from(`{${[...last.values()].join(",")}}`)
}

/** Takes members that are repeated out of a file of JSON lines: DuckDB refuses them, and the last one counts. */
export const dropRepeatedMembers = (path: string): void => {
  const lines = readFileSync(path)
  const draft = `${path}.draft`
  const file = openSync(draft, "w", 0o600)
  try {
    for (let start = 0; start < lines.length; ) {
      const end = lines.indexOf(LINE_END, start)
      writeSync(file, withoutRepeated(lines.subarray(start, end)))
      writeSync(file, "\n")
      start = end + 1
    }
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
}
