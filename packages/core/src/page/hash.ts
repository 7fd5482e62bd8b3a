/**
 * 53-bit hash of bytes (cyrb53, public domain, by bryc): fast without a runtime's crypto, and wide enough when a
 * hash is only ever compared with the earlier hash of the same key.
 */
export const hashOf = (bytes: Uint8Array, start: number, end: number, seed = 0): number => {
  let a = 0xdeadbeef ^ seed
  let b = 0x41c6ce57 ^ seed
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    a = Math.imul(a ^ byte, 2654435761)
    b = Math.imul(b ^ byte, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return 4294967296 * (2097151 & b) + (a >>> 0)
}

const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"

/** A hash as nine letters. */
export const hashText = (hash: number): string => {
  let text = ""
  for (let rest = hash, i = 0; i < 9; i++) {
    text = digits[rest % 64] + text
    rest = Math.floor(rest / 64)
  }
  return text
}
