import type { DataTable } from "./table.ts"

/** Rows of a child table by the parent's id in one of its columns; rebuilt after the child table has changed. */
export class Links {
  readonly child: DataTable
  readonly #column: string
  readonly #where: ((row: number) => boolean) | undefined
  #version = ""
  #offsets = new Int32Array(1)
  #rows = new Int32Array(0)

  constructor(child: DataTable, column: string, where?: (row: number) => boolean) {
    this.child = child
    this.#column = column
    this.#where = where
  }

  #build(): void {
    const column = this.child.columns.get(this.#column)
    if (column === undefined) throw new Error(`${this.child.name} has no column ${this.#column}`)
    const wanted = (row: number): boolean =>
      column.get(row) >= 0 && this.child.isListed(row) && (this.#where?.(row) ?? true)
    let top = 0
    const count = this.child.count
    for (let row = 0; row < count; row++) if (column.get(row) > top) top = column.get(row)
    const offsets = new Int32Array(top + 2)
    let total = 0
    for (let row = 0; row < count; row++) {
      if (!wanted(row)) continue
      const at = column.get(row) + 1
      offsets[at] = (offsets[at] as number) + 1
      total++
    }
    for (let at = 1; at < offsets.length; at++) offsets[at] = (offsets[at] as number) + (offsets[at - 1] as number)
    const next = offsets.slice()
    const rows = new Int32Array(total)
    for (let row = 0; row < count; row++) {
      if (!wanted(row)) continue
      const parent = column.get(row)
      rows[next[parent] as number] = row
      next[parent] = (next[parent] as number) + 1
    }
    this.#offsets = offsets
    this.#rows = rows
    this.#version = this.#current
  }

  get #current(): string {
    return `${this.child.version} ${this.child.fates.view}`
  }

  /** Children of a parent's id, oldest first. */
  of(parent: number): Int32Array {
    if (this.#version !== this.#current) this.#build()
    if (parent < 0 || parent + 1 >= this.#offsets.length) return this.#rows.subarray(0, 0)
    return this.#rows.subarray(this.#offsets[parent], this.#offsets[parent + 1])
  }

  count(parent: number): number {
    if (this.#version !== this.#current) this.#build()
    if (parent < 0 || parent + 1 >= this.#offsets.length) return 0
    return (this.#offsets[parent + 1] as number) - (this.#offsets[parent] as number)
  }
}
