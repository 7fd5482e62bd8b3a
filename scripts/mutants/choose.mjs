// Which mutants are looked at, and how they are named.
import { createHash } from "node:crypto"

const oneLine = (text) => text.replace(/\s+/g, " ").trim()
const short = (text) => (text.length > 90 ? `${text.slice(0, 87)}...` : text)

const offsetOf = (text, { line, column }) => {
  let at = 0
  for (let i = 0; i < line; i++) at = text.indexOf("\n", at) + 1
  return at + column
}

/** What a mutant changes: independent of its line, so that it can be recognized when code above it grows. */
export const changeOf = ({ text, location, replacement }) => {
  const original = text.slice(offsetOf(text, location.start), offsetOf(text, location.end))
  return `${short(oneLine(original))} → ${short(oneLine(replacement))}`
}

/** Line and column, from 1. */
export const placeOf = ({ location: { start } }) => `${start.line + 1}:${start.column + 1}`

/** Where it stands, as StrykerJS takes it: lines from 1, columns from 0. */
export const rangeOf = ({ fileName, location: { start, end } }) =>
  `${fileName}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`

/** One mutant of a run. */
export const keyOf = ({ fileName, location: { start, end }, mutatorName, replacement }) =>
  [fileName, start.line, start.column, end.line, end.column, mutatorName, oneLine(replacement)].join(" ")

/** Whether it changes a constant that the list names: `const NAME = …`, up to the end of its statement. */
export const isTuning = ({ text, location }, tuning) =>
  tuning.some(({ constant }) => {
    const from = text.search(new RegExp(`\\bconst ${constant}\\b`))
    if (from < 0) return false
    const indent = /[^\n]*$/.exec(text.slice(0, from))[0].replace(/\S.*$/, "")
    const rest = text.slice(from)
    const next = new RegExp(`\\n(?:${indent})[^\\s})\\]]`).exec(rest)
    const at = offsetOf(text, location.start)
    return at >= from && at < from + (next?.index ?? rest.length)
  })

/**
 * As many as are wanted, chosen by a seed; in the order in which they stand. Each has its place in the draw by what it
 * changes, so that the same seed chooses the same ones of code that has not changed.
 */
export const sampleOf = (mutants, size, seed) => {
  const seen = new Map()
  const rankOf = (mutant) => {
    const name = `${mutant.fileName} ${mutant.mutatorName} ${changeOf(mutant)}`
    const number = seen.get(name) ?? 0
    seen.set(name, number + 1)
    return createHash("sha256").update(`${seed} ${name} ${number}`).digest("hex")
  }
  const ranks = new Map(mutants.map((mutant) => [mutant, rankOf(mutant)]))
  const last = [...ranks.values()].sort()[size - 1]
  return last === undefined ? mutants : mutants.filter((mutant) => ranks.get(mutant) <= last)
}
