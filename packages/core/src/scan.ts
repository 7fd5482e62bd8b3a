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
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const MAX_DEPTH = 512

const SCALAR = 1
const SPACE = 2
const LINE_BREAK = 3
const OTHER = 0
const kindOf = new Uint8Array(256)
for (const byte of "0123456789+-.eEtrufalsn") kindOf[byte.charCodeAt(0)] = SCALAR
kindOf[0x20] = kindOf[0x09] = SPACE
kindOf[0x0a] = kindOf[0x0d] = LINE_BREAK

class Damage {}
const damage = new Damage()

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

class Scanner {
  readonly bytes: Uint8Array
  readonly wanted: ReadonlyArray<Uint8Array>
  readonly values: Array<number> = []
  readonly stack = new Uint8Array(MAX_DEPTH)
  /** Whether something was passed that `mend` has to look at. */
  unfit = false

  constructor(bytes: Uint8Array, wanted: ReadonlyArray<string>) {
    this.bytes = bytes
    this.wanted = wanted.map((name) => Uint8Array.from(name, (letter) => letter.charCodeAt(0)))
  }

  /** First byte at or after `at` that is no white space. */
  space(at: number): number {
    const { bytes } = this
    let i = at
    for (;;) {
      const kind = kindOf[bytes[i] as number]
      if (kind === LINE_BREAK) this.unfit = true
      else if (kind !== SPACE) return i
      i++
    }
  }

  expect(at: number, byte: number): number {
    if (this.bytes[at] !== byte) throw damage
    return at + 1
  }

  /** Past the string that opens at `at`. */
  string(at: number): number {
    const { bytes } = this
    let i = at + 1
    for (;;) {
      const byte = bytes[i] as number
      if (byte === QUOTE) return i + 1
      if (byte === BACKSLASH) {
        i = this.escape(i)
      } else if (byte >= 0x80) {
        i = this.multibyte(i)
      } else if (byte >= 0x20) {
        i++
      } else {
        throw damage
      }
    }
  }

  /** Past the escape at `at`; half of a surrogate pair is unfit. */
  escape(at: number): number {
    const { bytes } = this
    if (bytes[at + 1] !== 0x75) {
      if (at + 1 >= bytes.length) throw damage
      return at + 2
    }
    const unit = hexAt(bytes, at + 2)
    if (unit < 0xd800 || unit > 0xdfff) return at + 6
    if (unit < 0xdc00 && bytes[at + 6] === BACKSLASH && bytes[at + 7] === 0x75) {
      const low = hexAt(bytes, at + 8)
      if (low >= 0xdc00 && low <= 0xdfff) return at + 12
    }
    this.unfit = true
    return at + 6
  }

  /** Past the UTF-8 sequence at `at`; U+0085, U+2028, U+2029 and bytes that are no UTF-8 are unfit. */
  multibyte(at: number): number {
    const { bytes } = this
    const first = bytes[at] as number
    const second = bytes[at + 1] as number
    const third = bytes[at + 2] as number
    const follows = (byte: number) => byte >= 0x80 && byte < 0xc0
    if (first >= 0xc2 && first < 0xe0 && follows(second)) {
      if (first === 0xc2 && second === 0x85) this.unfit = true
      return at + 2
    }
    if (first >= 0xe0 && first < 0xf0 && follows(second) && follows(third)) {
      const overlong = first === 0xe0 && second < 0xa0
      const surrogate = first === 0xed && second >= 0xa0
      const separator = first === 0xe2 && second === 0x80 && (third === 0xa8 || third === 0xa9)
      if (overlong || surrogate || separator) this.unfit = true
      return at + 3
    }
    if (first >= 0xf0 && first < 0xf5 && follows(second) && follows(third) && follows(bytes[at + 3] as number)) {
      if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second >= 0x90)) this.unfit = true
      return at + 4
    }
    this.unfit = true
    return at + 1
  }

  /** Past the value that begins at `at`. */
  value(at: number): number {
    const { bytes } = this
    const first = bytes[at] as number
    if (first === QUOTE) return this.string(at)
    if (first === OPEN_OBJECT || first === OPEN_LIST) return this.nested(at)
    let i = at
    while (kindOf[bytes[i] as number] === SCALAR) i++
    if (i === at) throw damage
    const letters = first === 0x74 ? 4 : first === 0x66 ? 5 : first === 0x6e ? 4 : 0
    if (letters > 0 ? i - at !== letters : first !== 0x2d && (first < 0x30 || first > 0x39)) throw damage
    return i
  }

  /** Past the object or list that opens at `at`: brackets and strings are followed, the rest is only looked over. */
  nested(at: number): number {
    const { bytes, stack } = this
    let depth = 0
    let i = at
    for (;;) {
      const byte = bytes[i] as number
      if (byte === QUOTE) {
        i = this.string(i)
        continue
      }
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (depth === MAX_DEPTH) throw damage
        stack[depth++] = byte + 2
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (stack[--depth] !== byte) throw damage
        if (depth === 0) return i + 1
      } else if (byte !== COMMA && byte !== COLON) {
        const kind = kindOf[byte]
        if (kind === LINE_BREAK) this.unfit = true
        else if (kind === OTHER || kind === undefined) throw damage
      }
      i++
    }
  }

  /** Which wanted property the key in `bytes[start .. end)` is; -1 for none. */
  indexOf(start: number, end: number): number {
    const { bytes, wanted } = this
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

  /** Past the object at `at`, each property told to `each` as key and value spans. */
  properties(at: number, each: (keyStart: number, keyEnd: number, start: number) => number): number {
    let i = this.space(this.expect(at, OPEN_OBJECT))
    if (this.bytes[i] === CLOSE_OBJECT) return i + 1
    for (;;) {
      if (this.bytes[i] !== QUOTE) throw damage
      const keyEnd = this.string(i)
      const start = this.space(this.expect(this.space(keyEnd), COLON))
      const after = this.space(each(i + 1, keyEnd - 1, start))
      if (this.bytes[after] === CLOSE_OBJECT) return after + 1
      i = this.space(this.expect(after, COMMA))
    }
  }

  /** Past the row at `at`; its wanted properties go into `values`. */
  row(at: number): number {
    const { values, wanted } = this
    const base = values.length
    for (let w = 0; w < wanted.length; w++) values.push(-1, -1)
    return this.properties(at, (keyStart, keyEnd, start) => {
      const end = this.value(start)
      const w = this.indexOf(keyStart, keyEnd)
      if (w >= 0) {
        values[base + 2 * w] = start
        values[base + 2 * w + 1] = end
      }
      return end
    })
  }
}

/**
 * Scans an answer.
 *
 * @param wanted names of the properties of a row to locate
 * @param rowsAt the property of `data` that holds the list, where it is not `data` itself
 * @returns undefined for a body that is no whole JSON object or whose rows are no objects
 */
export const scanPage = (body: Uint8Array, wanted: ReadonlyArray<string>, rowsAt?: string): Scanned | undefined => {
  const scanner = new Scanner(body, wanted)
  const spans: Array<number> = []
  const unfit: Array<number> = []
  const envelope = new Map<string, readonly [number, number]>()
  let data: Scanned["data"] = "absent"

  const row = (at: number): number => {
    scanner.unfit = false
    const end = scanner.row(at)
    if (scanner.unfit) unfit.push(spans.length / 2)
    spans.push(at, end)
    return end
  }
  const rows = (at: number): number => {
    const first = body[at]
    if (first === OPEN_LIST) {
      data = "list"
      let i = scanner.space(at + 1)
      if (body[i] === CLOSE_LIST) return i + 1
      for (;;) {
        const after = scanner.space(row(i))
        if (body[after] === CLOSE_LIST) return after + 1
        i = scanner.space(scanner.expect(after, COMMA))
      }
    }
    if (first === OPEN_OBJECT) {
      data = "object"
      return row(at)
    }
    const end = scanner.value(at)
    data = first === 0x6e ? "null" : "scalar"
    return end
  }
  const name = (start: number, end: number): string => String.fromCharCode(...body.subarray(start, end))

  try {
    const end = scanner.properties(scanner.space(0), (keyStart, keyEnd, start) => {
      const key = keyEnd - keyStart <= 64 ? name(keyStart, keyEnd) : ""
      if (key === "data") {
        if (rowsAt === undefined || body[start] !== OPEN_OBJECT) return rows(start)
        return scanner.properties(start, (innerStart, innerEnd, inner) =>
          name(innerStart, innerEnd) === rowsAt ? rows(inner) : scanner.value(inner)
        )
      }
      const after = scanner.value(start)
      envelope.set(key, [start, after])
      return after
    })
    if (scanner.space(end) < body.length) return undefined
  } catch (thrown) {
    if (thrown === damage) return undefined
    throw thrown
  }
  return { data, spans, values: scanner.values, unfit, envelope }
}

/** Spans of the wanted properties of one row, in pairs; undefined where the bytes are no object. */
export const scanRow = (
  body: Uint8Array,
  at: number,
  wanted: ReadonlyArray<string>
): ReadonlyArray<number> | undefined => {
  if (body[at] !== OPEN_OBJECT) return undefined
  const scanner = new Scanner(body, wanted)
  try {
    scanner.row(at)
    return scanner.values
  } catch (thrown) {
    if (thrown === damage) return undefined
    throw thrown
  }
}
