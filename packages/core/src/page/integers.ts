const FIRST_CAPACITY = 1024

/** A growing list of 32-bit integers. For millions of them it takes a fraction of the memory of a plain array. */
export class Integers {
  /** The items, with room to grow; replaced by a larger array when it is full. */
  items = new Int32Array(FIRST_CAPACITY)
  length = 0

  /** Adds a value `count` times; returns the index of the first. */
  fill(count: number, value: number): number {
    const at = this.length
    this.length += count
    if (this.length > this.items.length) {
      const grown = new Int32Array(Math.max(this.length, this.items.length * 2))
      grown.set(this.items)
      this.items = grown
    }
    for (let i = at; i < this.length; i++) this.items[i] = value
    return at
  }

  /** Adds two. */
  pair(first: number, second: number): void {
    const at = this.fill(2, first)
    this.items[at + 1] = second
  }

  /** All items, in an array of exactly their number. */
  toArray(): Int32Array {
    return this.items.slice(0, this.length)
  }
}
