/**
 * Strings of JSON in bytes, and what is noticed on the way: the part of the grammar (see `grammar.ts`) in which nearly
 * all bytes of a page are. Plain loops, no allocation.
 */

/** Thrown when the bytes are not JSON. */
export const damage = { _tag: "Damage" } as const

/** What was met since these flags were last reset. */
export const met = {
  /** Something that cannot be written on a line of its own: see `sanitize`. */
  needsSanitizing: false,
  /** An escape: a name may be spelled differently from how it reads. */
  escape: false,
  /** A string that may be a zero date: `0000-…`. */
  zeroDate: false
}

export const QUOTE = 0x22
export const MINUS = 0x2d
export const ZERO = 0x30
const BACKSLASH = 0x5c
const LETTER_U = 0x75

/** Bytes that a string may hold as they are: all of ASCII but quotes, backslashes and control characters. */
const plain = new Uint8Array(256)
for (let byte = 0x20; byte < 0x80; byte++) plain[byte] = byte === QUOTE || byte === BACKSLASH ? 0 : 1

/** What may follow a backslash, other than the four digits of `\\u`. */
const escapes = new Uint8Array(256)
for (const letter of '"\\/bfnrt') escapes[letter.charCodeAt(0)] = 1

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

/** Past the UTF-8 sequence at `at`; U+0085, U+2028, U+2029 and bytes that are not UTF-8 are needsSanitizing. */
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
    // Strings are most of a page: byte by byte, the whole scan takes half as long again.
    while (i <= lastFour && fourPlain(bytes, i)) i += 4
    while (plain[bytes[i] as number] === 1) i++
    const byte = bytes[i] as number
    if (byte === QUOTE) return i + 1
    if (byte === BACKSLASH) i = escapeEnd(bytes, i)
    else if (byte >= 0x80) i = multibyteEnd(bytes, i)
    else throw damage
  }
}
