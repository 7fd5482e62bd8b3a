/**
 * Finds the rows of an answer in its bytes. One pass, no parsing: a row is a span, and of its properties only the
 * wanted ones are located. The JSON's shape is checked as far as the pass goes, so that a damaged page is never taken
 * for a short one.
 */

/** Where things stand in an answer's body. */
export interface Scanned {
  /** What `data` holds; `scalar` and `absent` are never a list's answer. */
  readonly data: "list" | "object" | "null" | "scalar" | "absent"
  /** Start and end of each row, in pairs. */
  readonly spans: ReadonlyArray<number>
  /** Start and end of each wanted property of each row, in pairs, -1 where it is absent: row by row. */
  readonly values: ReadonlyArray<number>
  /** Rows that cannot stand on a line of their own as they are: see `mend`. */
  readonly unfit: ReadonlyArray<number>
  /** Start and end of the envelope's other properties, by name. */
  readonly envelope: ReadonlyMap<string, readonly [start: number, end: number]>
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const LETTER_U = 0x75
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const MAX_DEPTH = 512

/** What a byte may be outside strings: part of a number or word, between values, a line break; or nothing good. */
const NOTHING = 0
const SCALAR = 1
const BETWEEN = 2
const BREAK = 3
const roles = new Uint8Array(256)
for (const byte of "0123456789+-.eEtrufalsn") roles[byte.charCodeAt(0)] = SCALAR
for (const byte of ",: \t") roles[byte.charCodeAt(0)] = BETWEEN
roles[0x0a] = roles[0x0d] = BREAK

/** Bytes a string may hold as they are, but for what ends it, escapes and characters of several bytes. */
const plain = new Uint8Array(256)
for (let byte = 0x20; byte < 0x80; byte++) plain[byte] = byte === QUOTE || byte === BACKSLASH ? 0 : 1

/** What may follow a backslash, but for the four digits of `\\u`. */
const escapes = new Uint8Array(256)
for (const letter of '"\\\\/bfnrt') escapes[letter.charCodeAt(0)] = 1

class Damage {}
const damage = new Damage()

/** Whether something was passed that `mend` has to look at; set by the functions below, which run to their end. */
let unfit = false
const stack = new Uint8Array(MAX_DEPTH)

const hexAt = (bytes: Uint8Array, at: number): number => {
  let value = 0
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i] ?? 0
    const digit = byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57
    if (digit < 0 || digit > 15 || (byte > 0x39 && digit < 10)) throw damage
    value = value * 16 + digit
  }
  return value
}

/** Past the escape at `at`; half of a surrogate pair is unfit. */
const escapeEnd = (bytes: Uint8Array, at: number): number => {
  const escaped = bytes[at + 1] as number
  if (escaped !== LETTER_U) {
    if (escapes[escaped] !== 1) throw damage
    return at + 2
  }
  const unit = hexAt(bytes, at + 2)
  if (unit < 0xd800 || unit > 0xdfff) return at + 6
  if (unit < 0xdc00 && bytes[at + 6] === BACKSLASH && bytes[at + 7] === LETTER_U) {
    const low = hexAt(bytes, at + 8)
    if (low >= 0xdc00 && low <= 0xdfff) return at + 12
  }
  unfit = true
  return at + 6
}

const follows = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x80 && byte < 0xc0

/** Past the UTF-8 sequence at `at`; U+0085, U+2028, U+2029 and bytes that are no UTF-8 are unfit. */
const multibyteEnd = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at] as number
  const second = bytes[at + 1] as number
  const third = bytes[at + 2] as number
  if (first >= 0xc2 && first < 0xe0 && follows(second)) {
    if (first === 0xc2 && second === 0x85) unfit = true
    return at + 2
  }
  if (first >= 0xe0 && first < 0xf0 && follows(second) && follows(third)) {
    const overlong = first === 0xe0 && second < 0xa0
    const surrogate = first === 0xed && second >= 0xa0
    const separator = first === 0xe2 && second === 0x80 && (third === 0xa8 || third === 0xa9)
    if (overlong || surrogate || separator) unfit = true
    return at + 3
  }
  if (first >= 0xf0 && first < 0xf5 && follows(second) && follows(third) && follows(bytes[at + 3])) {
    if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second >= 0x90)) unfit = true
    return at + 4
  }
  unfit = true
  return at + 1
}

/** Past the string that opens at `at`. */
const stringEnd = (bytes: Uint8Array, at: number): number => {
  let i = at + 1
  for (;;) {
    while (plain[bytes[i] as number] === 1) i++
    const byte = bytes[i] as number
    if (byte === QUOTE) return i + 1
    if (byte === BACKSLASH) i = escapeEnd(bytes, i)
    else if (byte >= 0x80) i = multibyteEnd(bytes, i)
    else throw damage
  }
}

/** First byte at or after `at` that is no white space. */
const spaceEnd = (bytes: Uint8Array, at: number): number => {
  let i = at
  for (;;) {
    const byte = bytes[i] as number
    if (byte > 0x20) return i
    if (byte === 0x0a || byte === 0x0d) unfit = true
    else if (byte !== 0x20 && byte !== 0x09) return i
    i++
  }
}

/** Past the object or list that opens at `at`: brackets and strings are followed, the rest is only looked over. */
const nestedEnd = (bytes: Uint8Array, at: number): number => {
  let depth = 0
  let i = at
  for (;;) {
    const byte = bytes[i] as number
    if (byte === QUOTE) {
      i = stringEnd(bytes, i)
      continue
    }
    const role = roles[byte]
    if (role === NOTHING || role === undefined) {
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (depth === MAX_DEPTH) throw damage
        stack[depth++] = byte + 2
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (stack[--depth] !== byte) throw damage
        if (depth === 0) return i + 1
      } else {
        throw damage
      }
    } else if (role === BREAK) {
      unfit = true
    }
    i++
  }
}

/** Past the value that begins at `at`. */
const valueEnd = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at] as number
  if (first === QUOTE) return stringEnd(bytes, at)
  if (first === OPEN_OBJECT || first === OPEN_LIST) return nestedEnd(bytes, at)
  let i = at
  while (roles[bytes[i] as number] === SCALAR) i++
  if (i === at) throw damage
  const letters = first === 0x74 || first === 0x6e ? 4 : first === 0x66 ? 5 : 0
  if (letters > 0 ? i - at !== letters : first !== 0x2d && (first < 0x30 || first > 0x39)) throw damage
  return i
}

/** Past the colon after the key that ends at `at`, at the value. */
const valueStart = (bytes: Uint8Array, at: number): number => {
  if (bytes[at] === COLON && (bytes[at + 1] as number) > 0x20) return at + 1
  const colon = spaceEnd(bytes, at)
  if (bytes[colon] !== COLON) throw damage
  return spaceEnd(bytes, colon + 1)
}

/** At the key after the property that ends at `at`; -1 where the object ends there. */
const nextKey = (bytes: Uint8Array, at: number): number => {
  if (bytes[at] === COMMA && bytes[at + 1] === QUOTE) return at + 1
  const i = spaceEnd(bytes, at)
  if (bytes[i] === CLOSE_OBJECT) return -1
  if (bytes[i] !== COMMA) throw damage
  const key = spaceEnd(bytes, i + 1)
  if (bytes[key] !== QUOTE) throw damage
  return key
}

/** At the first key of the object that opens at `at`; -1 where it is empty. */
const firstKey = (bytes: Uint8Array, at: number): number => {
  if (bytes[at] !== OPEN_OBJECT) throw damage
  const key = spaceEnd(bytes, at + 1)
  if (bytes[key] === CLOSE_OBJECT) return -1
  if (bytes[key] !== QUOTE) throw damage
  return key
}

/** Past the object that opens at `at`, each property told to `each`, which says where its value ends. */
const properties = (
  bytes: Uint8Array,
  at: number,
  each: (keyStart: number, keyEnd: number, start: number) => number
): number => {
  let end = at + 1
  for (let key = firstKey(bytes, at); key >= 0; key = nextKey(bytes, end)) {
    const keyEnd = stringEnd(bytes, key)
    end = each(key + 1, keyEnd - 1, valueStart(bytes, keyEnd))
  }
  return spaceEnd(bytes, end) + 1
}

/** Names of properties, to be found in bytes. */
type Wanted = ReadonlyArray<Uint8Array>

const wantedBytes = (names: ReadonlyArray<string>): Wanted =>
  names.map((name) => Uint8Array.from(name, (letter) => letter.charCodeAt(0)))

/** Which wanted property the key in `bytes[start .. end)` is; -1 for none. */
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

/** Past the row at `at`; the spans of its wanted properties go to the end of `values`. */
const rowEnd = (bytes: Uint8Array, at: number, wanted: Wanted, values: Array<number>): number => {
  const base = values.length
  for (let w = 0; w < wanted.length; w++) values.push(-1, -1)
  let end = at + 1
  for (let key = firstKey(bytes, at); key >= 0; key = nextKey(bytes, end)) {
    const keyEnd = stringEnd(bytes, key)
    const start = valueStart(bytes, keyEnd)
    end = valueEnd(bytes, start)
    const w = wantedAt(wanted, bytes, key + 1, keyEnd - 1)
    if (w >= 0) {
      values[base + 2 * w] = start
      values[base + 2 * w + 1] = end
    }
  }
  return spaceEnd(bytes, end) + 1
}

/**
 * Scans an answer.
 *
 * @param wanted names of the properties of a row to locate
 * @param rowsAt the property of `data` that holds the list, where it is not `data` itself
 * @returns undefined for a body that is no whole JSON object or whose rows are no objects
 */
export const scanPage = (body: Uint8Array, wanted: ReadonlyArray<string>, rowsAt?: string): Scanned | undefined => {
  const names = wantedBytes(wanted)
  const spans: Array<number> = []
  const values: Array<number> = []
  const unfitRows: Array<number> = []
  const envelope = new Map<string, readonly [number, number]>()
  let data: Scanned["data"] = "absent"

  const row = (at: number): number => {
    unfit = false
    const end = rowEnd(body, at, names, values)
    if (unfit) unfitRows.push(spans.length / 2)
    spans.push(at, end)
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
  const name = (start: number, end: number): string => String.fromCharCode(...body.subarray(start, end))

  try {
    const end = properties(body, spaceEnd(body, 0), (keyStart, keyEnd, start) => {
      const key = keyEnd - keyStart <= 64 ? name(keyStart, keyEnd) : ""
      if (key === "data") {
        if (rowsAt === undefined || body[start] !== OPEN_OBJECT) return rows(start)
        return properties(body, start, (innerStart, innerEnd, inner) =>
          name(innerStart, innerEnd) === rowsAt ? rows(inner) : valueEnd(body, inner)
        )
      }
      const after = valueEnd(body, start)
      envelope.set(key, [start, after])
      return after
    })
    if (spaceEnd(body, end) < body.length) return undefined
  } catch (thrown) {
    if (thrown === damage) return undefined
    throw thrown
  }
  return { data, spans, values, unfit: unfitRows, envelope }
}

/** Spans of the wanted properties of one row, in pairs; undefined where the bytes are no object. */
export const scanRow = (
  body: Uint8Array,
  at: number,
  wanted: ReadonlyArray<string>
): ReadonlyArray<number> | undefined => {
  if (body[at] !== OPEN_OBJECT) return undefined
  const values: Array<number> = []
  try {
    rowEnd(body, at, wantedBytes(wanted), values)
    return values
  } catch (thrown) {
    if (thrown === damage) return undefined
    throw thrown
  }
}
