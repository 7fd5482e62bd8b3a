/** One line of the table: what was measured, beside what it is held against in the same run. */
export interface Figure {
  readonly what: string
  readonly measured: string
  /** What it is held against. */
  readonly floor: string
  /** Measured against the floor; a plain number where there is none. */
  readonly ratio: number
  readonly bound: { readonly atLeast: number } | { readonly atMost: number }
}

/** How large a run is. */
export interface Scale {
  /** So many rows, or fewer in a run that only shows that the bench works. */
  readonly rows: (full: number) => number
  /** How often pairs are measured; the median counts. */
  readonly runs: number
  readonly latencyMs: number
}

/** A question the bench answers, in one or more figures. */
export interface Case {
  readonly name: string
  readonly measure: (scale: Scale) => AsyncIterable<Figure>
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Measures something so many times. */
export const repeated = async <A>(times: number, measure: () => Promise<A>): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for (let time = 0; time < times; time++) all.push(await measure())
  return all
}

export const seconds = (value: number): string => `${value.toFixed(2)} s`
export const whole = (value: number): string => Math.round(value).toLocaleString("en")
