/**
 * Finds the rows of an answer in its bytes. One pass, no parsing: a row is a span, and of its properties only the
 * wanted ones are located. The pass follows the whole grammar of JSON, so that a damaged page is never taken for a
 * page, nor anything in it for a row.
 */
import {
  CLOSE_LIST,
  COMMA,
  firstName,
  nextName,
  OPEN_LIST,
  OPEN_OBJECT,
  spaceEnd,
  valueEnd,
  valueStart
} from "./grammar.ts"
import { damage, met, stringEnd } from "./grammar-strings.ts"
import { Integers } from "./integers.ts"
import { textOf } from "./text.ts"

/** Where things are in an answer's body. */
export interface Scanned {
  /** What `data` holds; `crowded`, `scalar` and `absent` are never a list's answer. */
  readonly data: "list" | "object" | "null" | "crowded" | "scalar" | "absent"
  /** Start and end of each row, in pairs. */
  readonly spans: Int32Array
  /** Start and end of each wanted property of each row, in pairs, row by row; -1 if it is absent. */
  readonly values: Int32Array
  /** Rows that cannot be written on a line of their own as they are: see `sanitize`. */
  readonly needsSanitizing: ReadonlyArray<number>
  /** Rows with a string that may be a zero date: see `zeroDatesIn`. */
  readonly zeroDates: ReadonlyArray<number>
  /** Start and end of the envelope's other properties, by name. */
  readonly envelope: ReadonlyMap<string, readonly [start: number, end: number]>
}

/**
 * A page with more rows is called crowded. A page is asked for hundreds of rows; a server that ignores the limit answers
 * with its whole list, but half a million rows of a hundred bytes or less do not come from Pipedrive.
 */
export const MOST_ROWS = 500_000

/** Thrown when a page has more rows. */
const crowd = { _tag: "Crowd" } as const

/** Names of properties, to be found in bytes. */
type Wanted = ReadonlyArray<Uint8Array>

const wantedBytes = (names: ReadonlyArray<string>): Wanted =>
  names.map((name) => Uint8Array.from(name, (letter) => letter.charCodeAt(0)))

const BACKSLASH = 0x5c

/** The name in `bytes[start .. end)`, without quotes and escapes. */
export const nameIn = (bytes: Uint8Array, start: number, end: number): string => {
  const name = bytes.subarray(start, end)
  return name.includes(BACKSLASH) ? String(JSON.parse(`"${textOf(name)}"`)) : textOf(name)
}

/** Which wanted property the name in `bytes[start .. end)` is; -1 for none. */
const wantedAt = (wanted: Wanted, bytes: Uint8Array, start: number, end: number): number => {
  const length = end - start
  for (let w = 0; w < wanted.length; w++) {
    const name = wanted[w] as Uint8Array
    if (name.length !== length) continue
    let i = 0
    while (i < length && bytes[start + i] === name[i]) i++
    if (i === length) return w
  }
  return -1
}

/** The same for a name with escapes. */
const wantedEscaped = (wanted: Wanted, bytes: Uint8Array, start: number, end: number): number => {
  const name = nameIn(bytes, start, end)
  return wanted.findIndex((each) => textOf(each) === name)
}

/** Past the object that opens at `at`; `each` is called for every property and returns where its value ends. */
const properties = (
  bytes: Uint8Array,
  at: number,
  each: (nameStart: number, nameEnd: number, start: number) => number
): number => {
  let end = at + 1
  for (let name = firstName(bytes, at); name >= 0; name = nextName(bytes, end)) {
    const nameEnd = stringEnd(bytes, name)
    end = each(name + 1, nameEnd - 1, valueStart(bytes, nameEnd))
  }
  return spaceEnd(bytes, end) + 1
}

/** A property of an object: where its name, without quotes, and its value are. */
export interface Member {
  readonly nameStart: number
  readonly nameEnd: number
  readonly start: number
  readonly end: number
}

/** The properties of the object that opens at `at`, which is known to be complete. */
export const membersOf = (bytes: Uint8Array, at: number): ReadonlyArray<Member> => {
  const members: Array<Member> = []
  properties(bytes, at, (nameStart, nameEnd, start) => {
    const end = valueEnd(bytes, start)
    members.push({ nameStart, nameEnd, start, end })
    return end
  })
  return members
}

/** Start and end of each element of the list that opens at `at`, which is known to be complete. */
export const elementsOf = (bytes: Uint8Array, at: number): ReadonlyArray<readonly [start: number, end: number]> => {
  const elements: Array<readonly [number, number]> = []
  let start = spaceEnd(bytes, at + 1)
  while (bytes[start] !== CLOSE_LIST) {
    const end = valueEnd(bytes, start)
    elements.push([start, end])
    const after = spaceEnd(bytes, end)
    start = bytes[after] === COMMA ? spaceEnd(bytes, after + 1) : after
  }
  return elements
}

/** Past the row at `at`; the spans of its wanted properties are appended to `values`. */
const rowEnd = (bytes: Uint8Array, at: number, wanted: Wanted, values: Integers): number => {
  const base = values.fill(2 * wanted.length, -1)
  const { items } = values
  let end = at + 1
  for (let name = firstName(bytes, at); name >= 0; name = nextName(bytes, end)) {
    met.escape = false
    const nameEnd = stringEnd(bytes, name)
    const w = (met.escape ? wantedEscaped : wantedAt)(wanted, bytes, name + 1, nameEnd - 1)
    const start = valueStart(bytes, nameEnd)
    end = valueEnd(bytes, start)
    if (w >= 0) {
      items[base + 2 * w] = start
      items[base + 2 * w + 1] = end
    }
  }
  return spaceEnd(bytes, end) + 1
}

/** Throws damage when it is called a second time. */
const once = (): (() => void) => {
  let done = false
  return () => {
    if (done) throw damage
    done = true
  }
}

/**
 * Scans an answer.
 *
 * @param wanted names of the properties of a row to locate
 * @param rowsAt the property of `data` that contains the list, if it is not `data` itself
 * @returns undefined for a body that is not a complete JSON object, whose rows are not objects, or that has two `data`
 *   or two `additional_data`
 */
export const scanPage = (body: Uint8Array, wanted: ReadonlyArray<string>, rowsAt?: string): Scanned | undefined => {
  const names = wantedBytes(wanted)
  const spans = new Integers()
  const values = new Integers()
  const needsSanitizing: Array<number> = []
  const zeroDates: Array<number> = []
  const envelope = new Map<string, readonly [number, number]>()
  let data: Scanned["data"] = "absent"

  const row = (at: number): number => {
    met.needsSanitizing = false
    met.zeroDate = false
    const number = spans.length / 2
    if (number === MOST_ROWS) throw crowd
    const end = rowEnd(body, at, names, values)
    if (met.needsSanitizing) needsSanitizing.push(number)
    if (met.zeroDate) zeroDates.push(number)
    spans.pair(at, end)
    return end
  }
  const rows = (at: number): number => {
    const first = body[at]
    if (first === OPEN_LIST) {
      data = "list"
      let i = spaceEnd(body, at + 1)
      if (body[i] === CLOSE_LIST) return i + 1
      for (;;) {
        const after = spaceEnd(body, row(i))
        if (body[after] === CLOSE_LIST) return after + 1
        if (body[after] !== COMMA) throw damage
        i = spaceEnd(body, after + 1)
      }
    }
    if (first === OPEN_OBJECT) {
      data = "object"
      return row(at)
    }
    const end = valueEnd(body, at)
    data = first === 0x6e ? "null" : "scalar"
    return end
  }
  const [oneData, oneList, oneAdditional] = [once(), once(), once()]

  try {
    const end = properties(body, spaceEnd(body, 0), (nameStart, nameEnd, start) => {
      const name = nameIn(body, nameStart, nameEnd)
      if (name === "data") {
        oneData()
        if (rowsAt === undefined || body[start] !== OPEN_OBJECT) return rows(start)
        return properties(body, start, (innerStart, innerEnd, inner) => {
          if (nameIn(body, innerStart, innerEnd) !== rowsAt) return valueEnd(body, inner)
          oneList()
          return rows(inner)
        })
      }
      if (name === "additional_data") oneAdditional()
      const after = valueEnd(body, start)
      envelope.set(name, [start, after])
      return after
    })
    if (spaceEnd(body, end) < body.length) return undefined
  } catch (thrown) {
    if (thrown === damage) return undefined
    if (thrown !== crowd) throw thrown
    return { data: "crowded", spans: NONE, values: NONE, needsSanitizing: [], zeroDates: [], envelope }
  }
  return { data, spans: spans.toArray(), values: values.toArray(), needsSanitizing, zeroDates, envelope }
}

const NONE = new Int32Array(0)

/** Spans of the wanted properties of one row, in pairs; undefined if the bytes are not an object. */
export const scanRow = (body: Uint8Array, at: number, wanted: ReadonlyArray<string>): Int32Array | undefined => {
  if (body[at] !== OPEN_OBJECT) return undefined
  const values = new Integers()
  try {
    rowEnd(body, at, wantedBytes(wanted), values)
    return values.toArray()
  } catch (thrown) {
    if (thrown === damage) return undefined
    throw thrown
  }
}
