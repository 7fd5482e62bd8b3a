/** Who is looking, and what becomes of a request for one row they may not see. */
export interface Viewer {
  /** Token of the request in hand; undefined outside requests, where only what is hidden from everybody is unseen. */
  token: string | undefined
  /** Status of a request for one hidden row. */
  readonly hiddenStatus: 403 | 404
}

/** Which rows of a table are there no more, and which are there for some tokens alone. */
export class Fates {
  viewer: Viewer = { token: undefined, hiddenStatus: 403 }
  /** When deleted rows were deleted; `-Infinity` for those that were purged. */
  readonly #removed = new Map<number, number>()
  /** Tokens from which a row is hidden; undefined is everybody. */
  readonly #hidden = new Map<number, ReadonlySet<string> | undefined>()

  remove(row: number, atMs: number): void {
    this.#removed.set(row, atMs)
  }

  purge(row: number): void {
    this.#removed.set(row, Number.NEGATIVE_INFINITY)
  }

  restore(row: number): void {
    this.#removed.delete(row)
  }

  hide(row: number, from: string | undefined): void {
    if (from === undefined) this.#hidden.set(row, undefined)
    else if (!this.#hidden.has(row)) this.#hidden.set(row, new Set([from]))
    else {
      const already = this.#hidden.get(row)
      if (already !== undefined) this.#hidden.set(row, new Set([...already, from]))
    }
  }

  show(row: number): void {
    this.#hidden.delete(row)
  }

  isRemoved(row: number): boolean {
    return this.#removed.has(row)
  }

  /** When a row was deleted, or undefined where it was not, or is purged. */
  removedAt(row: number): number | undefined {
    const at = this.#removed.get(row)
    return at === Number.NEGATIVE_INFINITY ? undefined : at
  }

  isHidden(row: number): boolean {
    if (!this.#hidden.has(row)) return false
    const from = this.#hidden.get(row)
    return from === undefined || (this.viewer.token !== undefined && from.has(this.viewer.token))
  }

  /** Changes with whoever is looking, where that makes a difference. */
  get view(): string {
    return this.#hidden.size === 0 ? "" : (this.viewer.token ?? "")
  }
}
