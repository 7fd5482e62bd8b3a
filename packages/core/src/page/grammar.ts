/**
 * Walks JSON (RFC 8259) in bytes without building anything: each function takes the place where something begins and
 * returns the one past its end. Everything is checked on the way, so damaged JSON is never taken for JSON.
 *
 * These functions run for every byte that is read: plain loops, no allocation, and a thrown constant instead of results.
 */

/** Thrown where the bytes are no JSON. */
export const damage = { _tag: "Damage" } as const

/** What was met since these were last reset. */
export const met = {
  /** Something that cannot stand on a line of its own: see `sanitize`. */
  needsSanitizing: false,
  /** An escape: a name may be spelled in other letters than it has. */
  escape: false,
  /** A string that may be a zero date: `0000-…`. */
  zeroDate: false
}

export const QUOTE = 0x22
export const COMMA = 0x2c
export const OPEN_LIST = 0x5b
export const CLOSE_LIST = 0x5d
export const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const BACKSLASH = 0x5c
const LETTER_E = 0x65
const LETTER_U = 0x75
const MAX_DEPTH = 512

/** Bytes a string may hold as they are, but for what ends it, escapes and characters of several bytes. */
const plain = new Uint8Array(256)
for (let byte = 0x20; byte < 0x80; byte++) plain[byte] = byte === QUOTE || byte === BACKSLASH ? 0 : 1

const digits = new Uint8Array(256)
for (const digit of "0123456789") digits[digit.charCodeAt(0)] = 1

/** What may follow a backslash, but for the four digits of `\\u`. */
const escapes = new Uint8Array(256)
for (const letter of '"\\/bfnrt') escapes[letter.charCodeAt(0)] = 1

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

/** Past the escape at `at`; half of a surrogate pair is needsSanitizing. */
const escapeEnd = (bytes: Uint8Array, at: number): number => {
  met.escape = true
  const escaped = bytes[at + 1] as number
  if (escaped !== LETTER_U) {
    if (escapes[escaped] !== 1) throw damage
    return at + 2
  }
  const unit = hexAt(bytes, at + 2)
  if (unit === ZERO || unit === MINUS) met.zeroDate = true
  if (unit < 0xd800 || unit > 0xdfff) return at + 6
  if (unit < 0xdc00 && bytes[at + 6] === BACKSLASH && bytes[at + 7] === LETTER_U) {
    const low = hexAt(bytes, at + 8)
    if (low >= 0xdc00 && low <= 0xdfff) return at + 12
  }
  met.needsSanitizing = true
  return at + 6
}

const follows = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x80 && byte < 0xc0

/** Past the UTF-8 sequence at `at`; U+0085, U+2028, U+2029 and bytes that are no UTF-8 are needsSanitizing. */
const multibyteEnd = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at] as number
  const second = bytes[at + 1] as number
  const third = bytes[at + 2] as number
  if (first >= 0xc2 && first < 0xe0 && follows(second)) {
    if (first === 0xc2 && second === 0x85) met.needsSanitizing = true
    return at + 2
  }
  if (first >= 0xe0 && first < 0xf0 && follows(second) && follows(third)) {
    const overlong = first === 0xe0 && second < 0xa0
    const surrogate = first === 0xed && second >= 0xa0
    const separator = first === 0xe2 && second === 0x80 && (third === 0xa8 || third === 0xa9)
    if (overlong || surrogate || separator) met.needsSanitizing = true
    return at + 3
  }
  if (first >= 0xf0 && first < 0xf5 && follows(second) && follows(third) && follows(bytes[at + 3])) {
    if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second >= 0x90)) met.needsSanitizing = true
    return at + 4
  }
  met.needsSanitizing = true
  return at + 1
}

const fourPlain = (bytes: Uint8Array, at: number): boolean => {
  const first = plain[bytes[at] as number] as number
  const second = plain[bytes[at + 1] as number] as number
  const third = plain[bytes[at + 2] as number] as number
  const fourth = plain[bytes[at + 3] as number] as number
  return (first & second & third & fourth) === 1
}

/** Past the string that opens at `at`. */
export const stringEnd = (bytes: Uint8Array, at: number): number => {
  const lastFour = bytes.length - 4
  let i = at + 1
  for (;;) {
    // Strings are most of a page: by single bytes the whole scan takes half as long again.
    while (i <= lastFour && fourPlain(bytes, i)) i += 4
    while (plain[bytes[i] as number] === 1) i++
    const byte = bytes[i] as number
    if (byte === QUOTE) return i + 1
    if (byte === BACKSLASH) i = escapeEnd(bytes, i)
    else if (byte >= 0x80) i = multibyteEnd(bytes, i)
    else throw damage
  }
}

const isYearZero = (bytes: Uint8Array, at: number): boolean =>
  bytes[at + 1] === ZERO && bytes[at + 2] === ZERO && bytes[at + 3] === ZERO && bytes[at + 4] === MINUS

/** Past the string value that opens at `at`. */
const textEnd = (bytes: Uint8Array, at: number): number => {
  if (bytes[at + 1] === ZERO && isYearZero(bytes, at + 1)) met.zeroDate = true
  return stringEnd(bytes, at)
}

/** First byte at or after `at` that is no white space. */
export const spaceEnd = (bytes: Uint8Array, at: number): number => {
  let i = at
  for (;;) {
    const byte = bytes[i] as number
    if (byte > 0x20) return i
    if (byte === 0x0a || byte === 0x0d) met.needsSanitizing = true
    else if (byte !== 0x20 && byte !== 0x09) return i
    i++
  }
}

const digitsEnd = (bytes: Uint8Array, at: number): number => {
  let i = at
  while (digits[bytes[i] as number] === 1) i++
  if (i === at) throw damage
  return i
}

const numberEnd = (bytes: Uint8Array, at: number): number => {
  let i = bytes[at] === MINUS ? at + 1 : at
  i = bytes[i] === ZERO ? i + 1 : digitsEnd(bytes, i)
  if (bytes[i] === POINT) i = digitsEnd(bytes, i + 1)
  if (((bytes[i] as number) | 0x20) === LETTER_E) {
    const sign = bytes[i + 1]
    i = digitsEnd(bytes, sign === PLUS || sign === MINUS ? i + 2 : i + 1)
  }
  return i
}

/** Past the number or word that begins at `at`; what follows it is for whoever goes on to find wrong. */
const scalarEnd = (bytes: Uint8Array, at: number): number => {
  switch (bytes[at]) {
    case 0x6e:
      if (bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c) return at + 4
      throw damage
    case 0x74:
      if (bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65) return at + 4
      throw damage
    case 0x66:
      if (bytes[at + 1] === 0x61 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x73 && bytes[at + 4] === 0x65) {
        return at + 5
      }
      throw damage
    default:
      return numberEnd(bytes, at)
  }
}

/** Past the colon after the name that ends at `at`, at the value. */
export const valueStart = (bytes: Uint8Array, at: number): number => {
  if (bytes[at] === COLON && (bytes[at + 1] as number) > 0x20) return at + 1
  const colon = spaceEnd(bytes, at)
  if (bytes[colon] !== COLON) throw damage
  return spaceEnd(bytes, colon + 1)
}

/** From the name at `at` to its value. */
const memberStart = (bytes: Uint8Array, at: number): number => {
  if (bytes[at] !== QUOTE) throw damage
  return valueStart(bytes, stringEnd(bytes, at))
}

/** Past the object or list that opens at `at`. */
const nestedEnd = (bytes: Uint8Array, at: number): number => {
  let depth = 0
  let close = 0
  let i = at
  for (;;) {
    const byte = bytes[i] as number
    if (byte === QUOTE) {
      i = textEnd(bytes, i)
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (depth === MAX_DEPTH) throw damage
      stack[depth++] = close
      close = byte + 2
      i = spaceEnd(bytes, i + 1)
      if (bytes[i] !== close) {
        if (close === CLOSE_OBJECT) i = memberStart(bytes, i)
        continue
      }
    } else {
      i = scalarEnd(bytes, i)
    }
    // A value has ended, or an empty one is about to: past all that ends with it, to the next value.
    for (;;) {
      let next = bytes[i] as number
      if (next <= 0x20) {
        i = spaceEnd(bytes, i)
        next = bytes[i] as number
      }
      if (next === COMMA) {
        i++
        if ((bytes[i] as number) <= 0x20) i = spaceEnd(bytes, i)
        if (close === CLOSE_OBJECT) i = memberStart(bytes, i)
        break
      }
      if (next !== close) throw damage
      i++
      close = stack[--depth] as number
      if (depth === 0) return i
    }
  }
}

/** Past the value that begins at `at`. */
export const valueEnd = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at] as number
  if (first === QUOTE) return textEnd(bytes, at)
  if (first === OPEN_OBJECT || first === OPEN_LIST) return nestedEnd(bytes, at)
  return scalarEnd(bytes, at)
}

/** At the name after the property that ends at `at`; -1 where the object ends there. */
export const nextName = (bytes: Uint8Array, at: number): number => {
  if (bytes[at] === COMMA && bytes[at + 1] === QUOTE) return at + 1
  const i = spaceEnd(bytes, at)
  if (bytes[i] === CLOSE_OBJECT) return -1
  if (bytes[i] !== COMMA) throw damage
  const name = spaceEnd(bytes, i + 1)
  if (bytes[name] !== QUOTE) throw damage
  return name
}

/** At the first name of the object that opens at `at`; -1 where it is empty. */
export const firstName = (bytes: Uint8Array, at: number): number => {
  if (bytes[at] !== OPEN_OBJECT) throw damage
  const name = spaceEnd(bytes, at + 1)
  if (bytes[name] === CLOSE_OBJECT) return -1
  if (bytes[name] !== QUOTE) throw damage
  return name
}
