// Which mutants are looked at, and how they are named.

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

/** As many as are wanted, chosen by a seed; in the order in which they stand (mulberry32, public domain). */
export const sampleOf = (mutants, size, seed) => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const chosen = new Set(
    mutants
      .map((mutant) => ({ mutant, rank: next() }))
      .sort((a, b) => a.rank - b.rank)
      .slice(0, size)
      .map(({ mutant }) => mutant)
  )
  return mutants.filter((mutant) => chosen.has(mutant))
}
