/** Lends memory for large writes, and lends it again once it is given back: as garbage it would cost time and space. */
export interface Buffers {
  /** A buffer of this size, with any content. */
  readonly lend: (size: number) => Buffer
  /** Takes back what was lent, or a part of it; anything else is ignored. */
  readonly giveBack: (bytes: Uint8Array) => void
}

/** Sizes are rounded up to multiples of this, so that the pages of a list can use the same memory. */
const STEP = 1 << 18
/** What is kept for the next write; the rest is left to the garbage collector. */
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
