/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 on, below `most`. */
  readonly below: (most: number) => number
  /** Whether something happens that happens once in `times`. */
  readonly once: (times: number) => boolean
  /** One of the items, which must not be empty. */
  readonly pick: <A>(items: ReadonlyArray<A>) => A
}

/** Makes a source of numbers (mulberry32, public domain, by Tommy Ettinger). */
export const random = (seed: number): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (most: number): number => Math.floor(next() * most)
  return {
    below,
    once: (times) => below(times) === 0,
    pick: <A>(items: ReadonlyArray<A>): A => items[below(items.length)] as A
  }
}
