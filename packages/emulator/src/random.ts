/** A well mixed 32-bit number of two integers: the data's only source of chance. */
export function hash(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35)
  h ^= h >>> 15
  h = Math.imul(h, 0x2c1b3c6d)
  h ^= h >>> 12
  h = Math.imul(h, 0x297a2d39)
  h ^= h >>> 15
  return h >>> 0
}

/** A number in [0, 1) of two integers. */
export const unit = (a: number, b: number): number => hash(a, b) / 4_294_967_296

/** An integer in [0, size) of two integers. */
export const below = (size: number, a: number, b: number): number => hash(a, b) % size

/** Lower-case hexadecimal digits made of two integers. */
export function hex(digits: number, a: number, b: number): string {
  let text = ""
  for (let part = 0; text.length < digits; part++) {
    text += hash(hash(a, part), b).toString(16).padStart(8, "0")
  }
  return text.slice(0, digits)
}

/** A factor that visits each of `size` places once when multiplied with 0, 1, 2 … modulo `size`. */
export function stride(size: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  let step = Math.max(1, Math.floor(size * 0.618))
  while (divisor(step, size) !== 1) step++
  return step
}
