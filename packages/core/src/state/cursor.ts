import { cursorFieldOf, type SourceStream } from "../declare/stream.ts"

/** Seconds since 1970 of a civil time; NaN where there is no such day or time. Years 1 to 9999, without leap seconds. */
const secondsOfCivil = (
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number
): number => {
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return Number.NaN
  if (day > 28) {
    const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
    const last = month === 2 ? (isLeap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
    if (day > last) return Number.NaN
  }
  // Counted in years that begin in March, so that the leap day comes last.
  const y = month > 2 ? year : year - 1
  const dayOfYear = Math.trunc((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const days = 365 * y + Math.trunc(y / 4) - Math.trunc(y / 100) + Math.trunc(y / 400) + dayOfYear - 719_468
  return days * 86_400 + hour * 3600 + minute * 60 + second
}

const FIRST_SECOND = secondsOfCivil(1, 1, 1, 0, 0, 0)
const LAST_SECOND = secondsOfCivil(9999, 12, 31, 23, 59, 59)

const form = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(?:Z|([+-])(\d{2}):?(\d{2}))?)?$/

/**
 * Seconds since 1970 of a time in any form a config or a state may hold it: with `T` or a space, a fraction (cut off),
 * `Z`, an offset or no zone (UTC), without seconds, or a date alone.
 *
 * @returns NaN for everything else, also for days that do not exist, `0000-00-00 00:00:00` and an empty text
 */
export const secondsOf = (text: string): number => {
  const found = form.exec(text)
  if (found === null) return Number.NaN
  const part = (group: number): number => Number(found[group] ?? 0)
  const offset = (found[8] === "-" ? -60 : 60) * (part(9) * 60 + part(10))
  if (part(9) > 23 || part(10) > 59) return Number.NaN
  const seconds = secondsOfCivil(part(1), part(2), part(3), part(4), part(5), part(6)) - offset
  return seconds >= FIRST_SECOND && seconds <= LAST_SECOND ? seconds : Number.NaN
}

const QUOTE = 0x22
const ZERO = 0x30
const DASH = 0x2d
const COLON = 0x3a
const SPACE = 0x20
const T = 0x54
const Z = 0x5a

/** The two digits at `at` as a number; out of every range where one of them is no digit. */
const two = (bytes: Uint8Array, at: number): number => {
  const tens = (bytes[at] as number) - ZERO
  const ones = (bytes[at + 1] as number) - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 10_000
}

/**
 * Seconds since 1970 of the time in `bytes[start .. end)`, which may stand in quotes. The two forms rows have,
 * `YYYY-MM-DDTHH:MM:SSZ` and `YYYY-MM-DD HH:MM:SS`, are read from the bytes as they are: this runs once a row.
 *
 * @returns NaN as `secondsOf`, and for `null` and an empty span
 */
export const secondsAt = (bytes: Uint8Array, start: number, end: number): number => {
  const quotes = bytes[start] === QUOTE ? 1 : 0
  const at = start + quotes
  const length = end - quotes - at
  if (
    (length === 20 ? bytes[at + 19] === Z && bytes[at + 10] === T : length === 19 && bytes[at + 10] === SPACE) &&
    bytes[at + 4] === DASH &&
    bytes[at + 7] === DASH &&
    bytes[at + 13] === COLON &&
    bytes[at + 16] === COLON
  ) {
    const century = two(bytes, at)
    const year = two(bytes, at + 2)
    if (century > 99 || year > 99) return Number.NaN
    return secondsOfCivil(
      century * 100 + year,
      two(bytes, at + 5),
      two(bytes, at + 8),
      two(bytes, at + 11),
      two(bytes, at + 14),
      two(bytes, at + 17)
    )
  }
  if (start < 0 || length < 10 || length > 64) return Number.NaN
  return secondsOf(String.fromCharCode(...bytes.subarray(at, at + length)))
}

/** `YYYY-MM-DDTHH:MM:SSZ`: the only form `updated_since` takes on every endpoint. */
export const zonedText = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`

/** `YYYY-MM-DD HH:MM:SS`, in UTC. */
export const localText = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")

/**
 * Whether the cursor in a stream's state has no zone, as its rows have it: Airbyte's own connector reads no other form
 * where it has the stream. A `since` stream's cursor is what is sent as `updated_since`, so it has a zone even where
 * its rows have none (notes).
 */
export const hasLocalCursor = (stream: SourceStream): boolean => {
  const field = cursorFieldOf(stream)
  if (field === undefined || stream.changes?.kind === "since") return false
  const isGlobal = stream.changes?.kind === "ofChangedParents" && stream.changes.globalCursor === true
  return isGlobal || stream.columns[field]?.type === "localTimestamp"
}

/** The time as a stream's state holds it. */
export const cursorText = (stream: SourceStream, seconds: number): string =>
  hasLocalCursor(stream) ? localText(seconds) : zonedText(seconds)
