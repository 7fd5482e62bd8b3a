/** Lends memory for large writes, and the same memory again once it is given back: as garbage it would cost time and space. */
export interface Buffers {
  /** So many bytes, of any content. */
  readonly lend: (size: number) => Buffer
  /** Takes back what was lent, whole or a part of it; anything else is left alone. */
  readonly giveBack: (bytes: Uint8Array) => void
}

/** Sizes are rounded up to these steps, so that the pages of a list fit in each other's place. */
const STEP = 1 << 18
/** What is kept for the next write; more, and larger, is left to the collector. */
const MOST_KEPT = 2
const LARGEST_KEPT = 8 << 20

export const makeBuffers = (): Buffers => {
  const lent = new WeakSet<ArrayBufferLike>()
  let free: Array<Buffer> = []
  return {
    lend: (size) => {
      const at = free.findIndex((buffer) => buffer.length >= size)
      const buffer = free[at] ?? Buffer.allocUnsafeSlow(Math.ceil(size / STEP) * STEP)
      if (at >= 0) free.splice(at, 1)
      lent.add(buffer.buffer)
      return buffer
    },
    giveBack: ({ buffer }) => {
      if (!lent.delete(buffer) || buffer.byteLength > LARGEST_KEPT) return
      free = [...free, Buffer.from(buffer)].sort((a, b) => b.length - a.length).slice(0, MOST_KEPT)
    }
  }
}
