const FIRST_CAPACITY = 1024

/** A list of 32-bit integers that grows. Of millions of them it takes a fraction of what a plain array does. */
export class Integers {
  /** What is there, and room beyond it; another one once it has grown. */
  items = new Int32Array(FIRST_CAPACITY)
  length = 0

  /** Adds as many of one value; returns where the first of them stands. */
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

  /** All of them, in memory of just their size. */
  toArray(): Int32Array {
    return this.items.slice(0, this.length)
  }
}
