/**
 * How a value of a custom field is written as a column: one writer for each kind of column, from bytes to bytes. A
 * value that does not fit its column is not written: `row-columns.ts` makes it null and the user is told.
 */
import { CLOSE_LIST, COMMA, OPEN_LIST, OPEN_OBJECT, spaceEnd, valueEnd } from "../page/grammar.ts"
import { QUOTE } from "../page/grammar-strings.ts"
import { bytesOf, textOf } from "../page/text.ts"
import type { ByteWriter } from "./byte-writer.ts"

const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const BACKSLASH = 0x5c
const TRUE = 0x74
const FALSE = 0x66

export const NULL = bytesOf("null")
const EMPTY_LIST = bytesOf("[]")

/**
 * Writes the value in `bytes[start .. end)`, which is neither null nor absent, as a column has it. Returns false where
 * the value does not fit the column: the caller then takes back what has been written of it.
 */
export type WriteValue = (out: ByteWriter, bytes: Uint8Array, start: number, end: number) => boolean

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE

/** Whether `bytes[start .. end)` are the digits of a whole number, with a sign or without. */
const isInteger = (bytes: Uint8Array, start: number, end: number): boolean => {
  let i = bytes[start] === MINUS ? start + 1 : start
  if (i === end) return false
  for (; i < end; i++) if (!isDigit(bytes[i])) return false
  return true
}

/** Old rows have an empty text where nothing was set. */
const isEmptyText = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start === 2 && bytes[start] === QUOTE

const copy = (out: ByteWriter, bytes: Uint8Array, start: number, end: number): true => {
  out.span(bytes, start, end)
  return true
}

/** A value as it was sent, where it is of the column's type; an empty text where it is of another is null. */
const sentIf =
  (fits: (bytes: Uint8Array, start: number, end: number) => boolean): WriteValue =>
  (out, bytes, start, end) => {
    if (fits(bytes, start, end)) return copy(out, bytes, start, end)
    if (!isEmptyText(bytes, start, end)) return false
    out.all(NULL)
    return true
  }

export const writeText: WriteValue = (out, bytes, start, end) => bytes[start] === QUOTE && copy(out, bytes, start, end)

export const writeNumber = sentIf((bytes, start) => bytes[start] === MINUS || isDigit(bytes[start]))

export const writeInteger = sentIf(isInteger)

export const writeBoolean = sentIf((bytes, start) => bytes[start] === TRUE || bytes[start] === FALSE)

const two = (bytes: Uint8Array, at: number): number =>
  isDigit(bytes[at]) && isDigit(bytes[at + 1])
    ? ((bytes[at] as number) - ZERO) * 10 + (bytes[at + 1] as number) - ZERO
    : Number.NaN

/** Whether the text is a day of the calendar: `"2024-02-29"`. */
const isDate = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (end - start !== 12 || bytes[start] !== QUOTE || bytes[start + 5] !== MINUS || bytes[start + 8] !== MINUS)
    return false
  const year = two(bytes, start + 1) * 100 + two(bytes, start + 3)
  const month = two(bytes, start + 6)
  const day = two(bytes, start + 9)
  if (!(year > 0 && month >= 1 && month <= 12 && day >= 1)) return false
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 ? (isLeap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return day <= days
}

export const writeDate = sentIf(isDate)

/** The id of one record; API v1 sends some as text. */
export const writeReference: WriteValue = (out, bytes, start, end) =>
  bytes[start] === QUOTE && isInteger(bytes, start + 1, end - 1)
    ? copy(out, bytes, start + 1, end - 1)
    : writeInteger(out, bytes, start, end)

/** Any value as text: JSON where it is none. */
export const writeJson: WriteValue = (out, bytes, start, end) => {
  if (bytes[start] === QUOTE) return copy(out, bytes, start, end)
  out.all(bytesOf(JSON.stringify(textOf(bytes.subarray(start, end)))))
  return true
}

/** Texts of options or labels, as JSON in bytes, by id. */
export class OptionTexts {
  readonly #byNumber = new Map<number, Uint8Array>()
  readonly #byText = new Map<string, Uint8Array>()

  constructor(labels: ReadonlyMap<string, string>) {
    for (const [id, label] of labels) {
      const json = bytesOf(JSON.stringify(label))
      this.#byText.set(id, json)
      if (/^\d{1,15}$/.test(id)) this.#byNumber.set(Number(id), json)
    }
  }

  /** Text of the option whose id are these digits. */
  ofDigits(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    if (bytes[start] === MINUS) return undefined
    let id = 0
    for (let i = start; i < end; i++) id = id * 10 + (bytes[i] as number) - ZERO
    return this.#byNumber.get(id)
  }

  /** Text of the option of this id: `"<uuid>"`. */
  ofText(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    return this.#byText.get(String(JSON.parse(textOf(bytes.subarray(start, end)))))
  }
}

/** Told of an id that no option has. */
export type Unknown = (id: string) => void

const digitsAsText = (out: ByteWriter, bytes: Uint8Array, start: number, end: number): void => {
  out.byte(QUOTE)
  out.span(bytes, start, end)
  out.byte(QUOTE)
}

/** A time zone: its name, or its id as text. */
export const writeZone: WriteValue = (out, bytes, start, end) => {
  if (bytes[start] === QUOTE) return copy(out, bytes, start, end)
  const fits = isInteger(bytes, start, end)
  if (fits) digitsAsText(out, bytes, start, end)
  return fits
}

/** The text of one option, or the value itself where it is a text that is no id. */
export const writeOption =
  (texts: OptionTexts, unknown: Unknown): WriteValue =>
  (out, bytes, start, end) => {
    const quoted = bytes[start] === QUOTE ? 1 : 0
    const [from, to] = [start + quoted, end - quoted]
    if (isInteger(bytes, from, to)) {
      const label = texts.ofDigits(bytes, from, to)
      if (label !== undefined) out.all(label)
      else {
        digitsAsText(out, bytes, from, to)
        unknown(textOf(bytes.subarray(from, to)))
      }
      return true
    }
    if (isEmptyText(bytes, start, end)) out.all(NULL)
    else if (quoted === 1) out.span(bytes, start, end)
    return quoted === 1
  }

/** The id of one option; null for a text that is no id. */
export const writeOptionId: WriteValue = (out, bytes, start, end) => {
  if (writeReference(out, bytes, start, end)) return true
  if (bytes[start] !== QUOTE) return false
  out.all(NULL)
  return true
}

/** The text of one label, whose id may be a text itself. */
export const writeLabel =
  (texts: OptionTexts, unknown: Unknown): WriteValue =>
  (out, bytes, start, end) => {
    const label = bytes[start] === QUOTE ? texts.ofText(bytes, start, end) : undefined
    if (label !== undefined) out.all(label)
    else if (bytes[start] === QUOTE && !isInteger(bytes, start + 1, end - 1)) {
      out.span(bytes, start, end)
      unknown(textOf(bytes.subarray(start + 1, end - 1)))
    } else return writeOption(texts, unknown)(out, bytes, start, end)
    return true
  }

/** What a text such as `"12,15"` lists, as JSON in bytes. */
const listed = (bytes: Uint8Array, start: number, end: number): Uint8Array => {
  const content = bytes.subarray(start + 1, end - 1)
  const text = content.includes(BACKSLASH) ? String(JSON.parse(textOf(bytes.subarray(start, end)))) : textOf(content)
  return bytesOf(JSON.stringify(text.split(",").map((each) => each.trim())))
}

/** A list of what each value of a list is written as; API v1 sends the list as a text with commas. */
export const writeList =
  (write: WriteValue): WriteValue =>
  (out, bytes, start, end) => {
    switch (bytes[start]) {
      case OPEN_LIST:
        return writeElements(write, out, bytes, start)
      case QUOTE:
        if (isEmptyText(bytes, start, end)) out.all(NULL)
        else return writeElements(write, out, listed(bytes, start, end), 0)
        return true
      case OPEN_OBJECT:
        return false
      default: {
        out.byte(OPEN_LIST)
        const fits = write(out, bytes, start, end)
        out.byte(CLOSE_LIST)
        return fits
      }
    }
  }

const writeElements = (write: WriteValue, out: ByteWriter, bytes: Uint8Array, list: number): boolean => {
  let start = spaceEnd(bytes, list + 1)
  if (bytes[start] === CLOSE_LIST) {
    out.all(EMPTY_LIST)
    return true
  }
  out.byte(OPEN_LIST)
  for (;;) {
    const end = valueEnd(bytes, start)
    if (!write(out, bytes, start, end)) return false
    const after = spaceEnd(bytes, end)
    if (bytes[after] === CLOSE_LIST) break
    out.byte(COMMA)
    start = spaceEnd(bytes, after + 1)
  }
  out.byte(CLOSE_LIST)
  return true
}
