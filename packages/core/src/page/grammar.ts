/**
 * Walks JSON (RFC 8259) in bytes without building anything: each function takes the place where something begins and
 * returns the one past its end. Everything is checked on the way, so damaged JSON is never taken for JSON.
 *
 * These functions run for every byte that is read: plain loops, no allocation, and a thrown constant instead of results.
 * Strings are in `grammar-strings.ts`.
 */
import { damage, MINUS, met, QUOTE, stringEnd, ZERO } from "./grammar-strings.ts"

export const COMMA = 0x2c
export const OPEN_LIST = 0x5b
export const CLOSE_LIST = 0x5d
export const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const PLUS = 0x2b
const POINT = 0x2e
const COLON = 0x3a
const LETTER_E = 0x65
const MAX_DEPTH = 512

const digits = new Uint8Array(256)
for (const digit of "0123456789") digits[digit.charCodeAt(0)] = 1

const stack = new Uint8Array(MAX_DEPTH)

const isYearZero = (bytes: Uint8Array, at: number): boolean =>
  bytes[at + 1] === ZERO && bytes[at + 2] === ZERO && bytes[at + 3] === ZERO && bytes[at + 4] === MINUS

/** Past the string value that opens at `at`. */
const textEnd = (bytes: Uint8Array, at: number): number => {
  if (bytes[at + 1] === ZERO && isYearZero(bytes, at + 1)) met.zeroDate = true
  return stringEnd(bytes, at)
}

/** First byte at or after `at` that is not white space. */
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

/** Past the number or word that begins at `at`; whether what follows belongs there is for the caller to check. */
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
    // A value has ended, or an empty one is about to: go past everything that ends with it, to the next value.
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

/** At the name after the property that ends at `at`; -1 if the object ends there. */
export const nextName = (bytes: Uint8Array, at: number): number => {
  if (bytes[at] === COMMA && bytes[at + 1] === QUOTE) return at + 1
  const i = spaceEnd(bytes, at)
  if (bytes[i] === CLOSE_OBJECT) return -1
  if (bytes[i] !== COMMA) throw damage
  const name = spaceEnd(bytes, i + 1)
  if (bytes[name] !== QUOTE) throw damage
  return name
}

/** At the first name of the object that opens at `at`; -1 if it is empty. */
export const firstName = (bytes: Uint8Array, at: number): number => {
  if (bytes[at] !== OPEN_OBJECT) throw damage
  const name = spaceEnd(bytes, at + 1)
  if (bytes[name] === CLOSE_OBJECT) return -1
  if (bytes[name] !== QUOTE) throw damage
  return name
}
