/**
 * Base64 without Node: core runs where there is no `Buffer`, and states of many ids are encoded often enough for speed
 * to matter.
 */
import { bytesOf, textOf } from "../page/text.ts"

const LETTERS = bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
const PADDING = 0x3d
const NONE = 0xff

const values = new Uint8Array(256).fill(NONE)
for (const [value, letter] of LETTERS.entries()) values[letter] = value

/** Two letters for every twelve bits, as they stand in memory one behind the other. */
const pairs = new Uint16Array(4096)
const pairLetters = new Uint8Array(pairs.buffer)
for (let bits = 0; bits < 4096; bits++) {
  pairLetters[2 * bits] = LETTERS[bits >> 6] as number
  pairLetters[2 * bits + 1] = LETTERS[bits & 63] as number
}

/** Base64 of bytes, with padding (RFC 4648, section 4). */
export const base64Of = (bytes: Uint8Array): string => {
  const text = new Uint16Array(Math.ceil(bytes.length / 3) * 2)
  const whole = bytes.length - (bytes.length % 3)
  let to = 0
  for (let at = 0; at < whole; at += 3) {
    const three = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
    text[to++] = pairs[three >> 12] as number
    text[to++] = pairs[three & 4095] as number
  }
  const letters = new Uint8Array(text.buffer)
  if (whole < bytes.length) {
    const three = ((bytes[whole] as number) << 16) | ((bytes[whole + 1] ?? 0) << 8)
    text[to++] = pairs[three >> 12] as number
    text[to] = pairs[three & 4095] as number
    letters.fill(PADDING, letters.length - 3 + bytes.length - whole)
  }
  return textOf(letters)
}

/** The bytes of a text in base64; undefined where it is none. */
export const bytesInBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let to = 0
  for (let at = 0; at < text.length; at += 4) {
    let three = 0
    for (let i = at; i < at + 4; i++) {
      const value = values[text.charCodeAt(i)] ?? NONE
      if (value === NONE && i < text.length - padding) return undefined
      three = (three << 6) | (value & 63)
    }
    if (padding > 0 && at + 4 === text.length) three &= padding === 2 ? 0xff0000 : 0xffff00
    bytes[to++] = three >> 16
    if (to < bytes.length) bytes[to++] = (three >> 8) & 255
    if (to < bytes.length) bytes[to++] = three & 255
  }
  return bytes
}
