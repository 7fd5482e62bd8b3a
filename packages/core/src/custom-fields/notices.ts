/** Ids of options that a warning names. */
const MAX_IDS = 5

/** What was met in the values of one field. */
export class FieldNotices {
  readonly #stream: string
  readonly #what: string
  #row = -1
  #misfits = 0
  #unknown = 0
  readonly #ids = new Set<string>()

  /** @param what the field or column in the words of a warning: `the custom field "Price" (double, 0123…)` */
  constructor(stream: string, what: string) {
    this.#stream = stream
    this.#what = what
  }

  /** Counts a row with a value that does not fit its column, once however many columns it has. */
  misfit(row: number): void {
    if (row !== this.#row) this.#misfits++
    this.#row = row
  }

  /** Counts an option id without a definition. */
  unknown(id: string): void {
    this.#unknown++
    if (this.#ids.size <= MAX_IDS) this.#ids.add(id)
  }

  /** What a user has to know: one warning for each kind. */
  get warnings(): ReadonlyArray<string> {
    const warnings: Array<string> = []
    if (this.#misfits > 0) {
      const values = this.#misfits === 1 ? "1 value" : `${this.#misfits} values`
      warnings.push(
        `${this.#stream}: ${values} of ${this.#what} did not fit the field's type and became null in its column. The raw value is unchanged in the row.`
      )
    }
    if (this.#unknown > 0) {
      const ids = [...this.#ids].slice(0, MAX_IDS).join(", ") + (this.#ids.size > MAX_IDS ? " …" : "")
      const values = this.#unknown === 1 ? "1 value" : `${this.#unknown} values`
      warnings.push(
        `${this.#stream}: ${values} of ${this.#what} named options that Pipedrive no longer defines (${ids}). They are sent as their ids.`
      )
    }
    return warnings
  }
}
