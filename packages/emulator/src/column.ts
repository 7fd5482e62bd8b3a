/** An absent number in a whole-number column. */
export const NONE = -1

/** JSON text of a whole number; null for one that is absent or that no row has. */
export const wholeText = (value: number): string => (value === NONE || Number.isNaN(value) ? "null" : String(value))

/** One typed value a row, filled by formula and changed by edits. */
export class Column {
  readonly name: string
  readonly kind: "int" | "time" | "choice"
  /** JSON texts of a choice column, by value. */
  readonly texts: ReadonlyArray<string>
  /** Bytes of the same texts. */
  readonly encoded: ReadonlyArray<Buffer>
  /** Value of rows that are inserted later; NaN leaves it to the formula, a time becomes now. */
  readonly fresh: number
  data: Float64Array | Int32Array
  readonly #fill: (row: number) => number

  constructor(
    name: string,
    kind: Column["kind"],
    size: number,
    fill: (row: number) => number,
    options: { readonly texts?: ReadonlyArray<string>; readonly fresh?: number } = {}
  ) {
    this.name = name
    this.kind = kind
    this.texts = options.texts ?? []
    this.encoded = this.texts.map((text) => Buffer.from(text))
    this.fresh = options.fresh ?? Number.NaN
    this.#fill = fill
    // The token's user, row 0, is there even where no user is listed.
    const rows = Math.max(1, size)
    this.data = kind === "time" ? new Float64Array(rows) : new Int32Array(rows)
    for (let row = 0; row < rows; row++) this.data[row] = fill(row)
  }

  get(row: number): number {
    return this.data[row] ?? Number.NaN
  }

  set(row: number, value: number): void {
    this.data[row] = value
  }

  /** Makes room for a row and fills it as a new one. */
  append(row: number, nowMs: number): void {
    if (row >= this.data.length) {
      const size = Math.max(16, row * 2)
      const grown = this.kind === "time" ? new Float64Array(size) : new Int32Array(size)
      grown.set(this.data)
      this.data = grown
    }
    const fresh = this.kind === "time" && this.fresh === NOW ? nowMs : this.fresh
    this.data[row] = Number.isNaN(fresh) ? this.#fill(row) : fresh
  }

  /** Position of a JSON text among the choices, or -1. */
  indexOf(text: string): number {
    return this.texts.indexOf(text)
  }
}

/** `fresh` of a time column whose new rows carry the time of their making. */
export const NOW = Number.POSITIVE_INFINITY

/** Value of a time column that has no time. */
export const NEVER = Number.NaN
