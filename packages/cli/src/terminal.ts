import { stripVTControlCharacters } from "node:util"
import picocolors from "picocolors"

/** Output is made for this width where the terminal is wider, or none. */
const WIDTH = 80

const isColoured = (stream: NodeJS.WriteStream): boolean => stream.isTTY === true && (process.env.NO_COLOR ?? "") === ""

/** Colours of text on stdout: none where it is no terminal, or NO_COLOR is set. */
export const colours = picocolors.createColors(isColoured(process.stdout))

/** A reader that has seen enough, such as `head`, is no failure: the command does its work without it. */
export const outliveReader = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error
  })
}

/** Writes a line for the user. */
export const say = (text = ""): void => {
  process.stdout.write(`${text}\n`)
}

/** Writes a line beside the output, as progress and warnings are. */
export const tell = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

/** Writes what a script reads: one JSON document. */
export const sayJson = (value: unknown): void => say(JSON.stringify(value, null, 2))

/** Columns that output may take. */
export const width = (stream: NodeJS.WriteStream = process.stdout): number =>
  stream.isTTY ? Math.min(WIDTH, stream.columns || WIDTH) : WIDTH

/** A number with separators between its thousands. */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US")

/** A number and its noun: `1 row`, `2,000 rows`. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? "" : "s"}`

/** A table without borders: words to the left, numbers to the right. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string | number>>): string => {
  const cells = [
    head.map((name) => colours.dim(name)),
    ...rows.map((row) => row.map((cell) => (typeof cell === "number" ? count(cell) : cell)))
  ]
  const lengthOf = (cell: string): number => stripVTControlCharacters(cell).length
  const widths = head.map((_, column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? ""))))
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"))
  const lineOf = (row: ReadonlyArray<string>): string =>
    row
      .map((cell, column) => {
        const space = " ".repeat(Math.max(0, (widths[column] ?? 0) - lengthOf(cell)))
        return isNumber[column] ? space + cell : cell + space
      })
      .join("  ")
      .trimEnd()
  return cells.map(lineOf).join("\n")
}

/** Text in lines of at most so many characters, the later ones indented. */
export const wrapped = (text: string, indent = "", columns = width()): string => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > columns - indent.length) {
      lines.push(line)
      line = ""
    }
    line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${indent}`)
}

/** A bar of so many eighths of a character, for a share between 0 and 1. */
export const bar = (share: number, columns: number): string => {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * columns * 8)
  const rest = eighths % 8
  return "█".repeat(eighths >> 3) + (rest > 0 ? (" ▏▎▍▌▋▊▉"[rest] ?? "") : "")
}
