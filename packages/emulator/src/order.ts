import type { Column } from "./column.ts"

/** A place between two rows of an order. */
export interface Mark {
  /** Sort value of the last row passed; NaN is a row without one. */
  readonly value: number
  readonly row: number
}

/** Rows of a table by (time, row number), kept while rows move: a sorted bulk and a short sorted list of moved rows. */
export class Order {
  readonly #column: Column
  readonly #count: () => number
  #main: Int32Array = new Int32Array(0)
  #keys: Float64Array = new Float64Array(0)
  #delta: number[] = []
  #deltaKeys = new Map<number, number>()
  #built = false

  constructor(column: Column, count: () => number) {
    this.#column = column
    this.#count = count
  }

  #key(row: number, nullKey: number): number {
    const value = this.#column.get(row)
    return Number.isNaN(value) ? nullKey : value
  }

  /** Tells that a row was added or its time has changed. */
  moved(row: number): void {
    if (!this.#built) return
    if (this.#deltaKeys.has(row)) this.#delta.splice(this.#delta.indexOf(row), 1)
    const key = this.#key(row, Number.NEGATIVE_INFINITY)
    this.#deltaKeys.set(row, key)
    let low = 0
    let high = this.#delta.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#delta[middle] as number
      const otherKey = this.#deltaKeys.get(other) as number
      if (otherKey < key || (otherKey === key && other < row)) low = middle + 1
      else high = middle
    }
    this.#delta.splice(low, 0, row)
    if (this.#delta.length > 4096) this.#built = false
  }

  #build(): void {
    const count = this.#count()
    const keys = new Float64Array(count)
    let sorted = true
    for (let row = 0; row < count; row++) {
      const key = this.#key(row, Number.NEGATIVE_INFINITY)
      keys[row] = key
      if (row > 0 && key < (keys[row - 1] as number)) sorted = false
    }
    const main = new Int32Array(count)
    for (let row = 0; row < count; row++) main[row] = row
    if (!sorted) main.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b)
    this.#main = main
    this.#keys = keys
    this.#delta = []
    this.#deltaKeys = new Map()
    this.#built = true
  }

  /**
   * Visits rows in order from behind a mark until `visit` says false. Rows without a time come first or last as
   * `nullsFirst` says for the direction asked for.
   */
  walk(direction: "asc" | "desc", nullsFirst: boolean, after: Mark | undefined, visit: (row: number) => boolean): void {
    if (!this.#built) this.#build()
    const main = this.#main
    const delta = this.#delta
    const keyOfMain = (at: number): number => this.#keys[main[at] as number] as number
    const keyOfDelta = (at: number): number => this.#deltaKeys.get(delta[at] as number) as number
    const isNull = (key: number): boolean => key === Number.NEGATIVE_INFINITY
    // Both lists hold rows without a time at their beginning; a pass takes either these or the timed ones.
    const pass = (nulls: boolean, from: Mark | undefined): boolean => {
      const bounds = (length: number, keyAt: (at: number) => number): [number, number] => {
        let low = 0
        let high = length
        while (low < high) {
          const middle = (low + high) >> 1
          if (isNull(keyAt(middle))) low = middle + 1
          else high = middle
        }
        return nulls ? [0, low] : [low, length]
      }
      const start = (
        length: number,
        keyAt: (at: number) => number,
        rowAt: (at: number) => number
      ): [number, number] => {
        const [first, end] = bounds(length, keyAt)
        if (from === undefined) return direction === "asc" ? [first, end] : [end - 1, first - 1]
        const value = nulls ? Number.NEGATIVE_INFINITY : from.value
        let low = first
        let high = end
        while (low < high) {
          const middle = (low + high) >> 1
          const key = keyAt(middle)
          const behind =
            key > value ||
            (key === value && (direction === "asc" ? rowAt(middle) > from.row : rowAt(middle) >= from.row))
          if (behind) high = middle
          else low = middle + 1
        }
        return direction === "asc" ? [low, end] : [low - 1, first - 1]
      }
      const step = direction === "asc" ? 1 : -1
      let [i, iEnd] = start(main.length, keyOfMain, (at) => main[at] as number)
      let [j, jEnd] = start(delta.length, keyOfDelta, (at) => delta[at] as number)
      for (;;) {
        while (i !== iEnd && delta.length > 0 && this.#deltaKeys.has(main[i] as number)) i += step
        let takeMain = i !== iEnd
        if (takeMain && j !== jEnd) {
          const a = keyOfMain(i)
          const b = keyOfDelta(j)
          const before = a < b || (a === b && (main[i] as number) < (delta[j] as number))
          takeMain = direction === "asc" ? before : !before
        }
        if (!takeMain && j === jEnd) return true
        const row = takeMain ? (main[i] as number) : (delta[j] as number)
        if (takeMain) i += step
        else j += step
        if (!visit(row)) return false
      }
    }
    const order: boolean[] = nullsFirst ? [true, false] : [false, true]
    const begun = after === undefined ? 0 : order.indexOf(Number.isNaN(after.value))
    for (let at = begun; at < 2; at++) {
      if (!pass(order[at] as boolean, at === begun ? after : undefined)) return
    }
  }
}
