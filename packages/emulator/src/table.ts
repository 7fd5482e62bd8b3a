import { parseTime } from "./clock.ts"
import { Column, NONE, NOW } from "./column.ts"
import { Fates } from "./fates.ts"
import { objectText, toJson } from "./json.ts"
import { Order } from "./order.ts"
import type { Page } from "./page.ts"
import { type Naming, Renderer } from "./renderer.ts"
import { type Field, PLAIN, type Selection } from "./row.ts"

/** Ids counted from `first`. */
export const counted = (first = 1): Naming => ({
  of: (row) => first + row,
  find: (id) => Number(id) - first
})

export interface TableOptions {
  readonly name: string
  readonly size: number
  readonly naming?: Naming
  /** How many differently filled rows there are; row `i` is filled like variant `i % variants`. */
  readonly variants?: number
  /** Name of the column that edits set to now. */
  readonly updated?: string
  /** Whether times keep milliseconds. */
  readonly millis?: boolean
  /** Property that an edit without a patch changes. */
  readonly touch?: string
}

/** Rows made by formula from their number, a few typed columns and sparse edits. */
export class DataTable {
  readonly name: string
  readonly naming: Naming
  readonly updated: string | undefined
  readonly millis: boolean
  readonly touch: string | undefined
  readonly columns = new Map<string, Column>()
  /** Rows ever made, deleted ones included. */
  count: number
  /** Grows with every change. */
  version = 0
  /** Called after rows were added or taken away. */
  readonly watchers: Array<(row: number, what: "insert" | "edit" | "remove") => void> = []
  /** How a row is deleted; it leaves every list when absent. */
  erase: ((row: number) => void) | undefined
  /** Undoes `erase`. */
  revive: ((row: number) => void) | undefined
  readonly fates = new Fates()
  readonly #patches = new Map<number, Map<string, string>>()
  readonly #renderer: Renderer
  readonly #orders = new Map<string, Order>()
  #edits = 0

  constructor(options: TableOptions) {
    this.name = options.name
    this.count = options.size
    this.naming = options.naming ?? counted()
    this.#renderer = new Renderer(this.naming, options.variants ?? 64)
    this.updated = options.updated
    this.millis = options.millis ?? false
    this.touch = options.touch
  }

  /** Properties of a row, in order. */
  get fields(): Field[] {
    return this.#renderer.fields
  }

  /** Lets go of prepared rows: what their properties are made of has changed. */
  forget(): void {
    this.#renderer.forget()
    this.version++
  }

  /** Number of differently filled rows. */
  get variants(): number {
    return this.#renderer.variants
  }

  #column(column: Column): Column {
    this.columns.set(column.name, column)
    return column
  }

  /** A whole-number column; `NONE` is null. */
  int(name: string, fill: (row: number) => number, fresh?: number): Column {
    const whole = (row: number): number => {
      const value = fill(row)
      return Number.isNaN(value) ? NONE : value
    }
    return this.#column(new Column(name, "int", this.count, whole, fresh === undefined ? {} : { fresh }))
  }

  /** A time column in milliseconds; NaN is null. */
  time(name: string, fill: (row: number) => number, fresh: number = NOW): Column {
    const round = this.millis ? (ms: number) => Math.floor(ms) : (ms: number) => Math.floor(ms / 1000) * 1000
    return this.#column(new Column(name, "time", this.count, (row) => round(fill(row)), { fresh }))
  }

  /** A column of few JSON texts. */
  choice(name: string, texts: ReadonlyArray<string>, fill: (row: number) => number, fresh = 0): Column {
    return this.#column(new Column(name, "choice", this.count, fill, { texts, fresh }))
  }

  /** Order of all rows by a time column. */
  order(column: Column): Order {
    let order = this.#orders.get(column.name)
    if (order === undefined) {
      order = new Order(column, () => this.count)
      this.#orders.set(column.name, order)
    }
    return order
  }

  id(row: number): number | string {
    return this.naming.of(row)
  }

  /** Row of an id that is in the table, or -1. */
  find(id: number | string): number {
    const row = this.naming.find(id)
    if (!Number.isInteger(row) || row < 0 || row >= this.count || this.fates.isRemoved(row)) return -1
    return String(this.naming.of(row)) === String(id) ? row : -1
  }

  isListed(row: number): boolean {
    return !this.fates.isRemoved(row) && !this.fates.isHidden(row)
  }

  get(name: string, row: number): number {
    return this.columns.get(name)?.get(row) ?? Number.NaN
  }

  /** Appends the JSON of a row to a page. */
  write(page: Page, row: number, selection: Selection): void {
    if (this.#patches.has(row)) page.text(this.text(row, selection))
    else this.#renderer.write(page, row, selection)
  }

  /** JSON text of a row. */
  text(row: number, selection: Selection = PLAIN): string {
    return objectText(this.#renderer.entries(row, selection, this.#patches.get(row)))
  }

  /** JSON text of one property, whether optional or not. */
  value(row: number, key: string): string {
    return this.#patches.get(row)?.get(key) ?? this.#renderer.value(row, key)
  }

  /** A JSON value of a row, read. */
  read(row: number, key: string): unknown {
    return JSON.parse(this.value(row, key))
  }

  /** Adds a row. */
  append(nowMs: number, patch: Readonly<Record<string, unknown>> = {}): number {
    const row = this.count
    const at = this.#round(nowMs)
    for (const column of this.columns.values()) column.append(row, at)
    this.count++
    this.#apply(row, patch)
    for (const order of this.#orders.values()) order.moved(row)
    this.version++
    for (const watch of this.watchers) watch(row, "insert")
    return row
  }

  /** Changes a row; `update_time` becomes now unless the patch has it or `keepTime` is set. */
  edit(row: number, nowMs: number, patch: Readonly<Record<string, unknown>> = {}, keepTime = false): void {
    const full: Record<string, unknown> = { ...patch }
    this.#edits++
    const others = Object.keys(patch).filter((key) => key !== this.updated)
    if (others.length === 0 && this.touch !== undefined) full[this.touch] = this.#other(row, this.touch)
    const column = this.updated === undefined ? undefined : this.columns.get(this.updated)
    if (column !== undefined && !keepTime) column.set(row, this.#round(nowMs))
    this.#apply(row, full)
    for (const order of this.#orders.values()) order.moved(row)
    this.version++
    for (const watch of this.watchers) watch(row, "edit")
  }

  /** Another value of a property than it has. */
  #other(row: number, key: string): unknown {
    const column = this.columns.get(key)
    if (column?.kind === "time") return column.get(row) + 1000
    const before = this.read(row, key)
    if (typeof before === "number") return before + 1
    if (typeof before === "boolean") return !before
    return `${String(before ?? "").replace(/ \(edit \d+\)$/, "")} (edit ${this.#edits})`
  }

  /** Sets the update time alone. */
  stamp(row: number, nowMs: number): void {
    const column = this.updated === undefined ? undefined : this.columns.get(this.updated)
    if (column === undefined) return
    column.set(row, this.#round(nowMs))
    this.#orders.get(column.name)?.moved(row)
    this.version++
  }

  remove(row: number, nowMs: number): void {
    if (this.erase === undefined) this.fates.remove(row, nowMs)
    else this.erase(row)
    this.stamp(row, nowMs)
    this.#tell(row, "remove")
  }

  /** Takes a row away for good: not even a list of deleted rows has it. */
  purge(row: number): void {
    this.fates.purge(row)
    this.#tell(row, "remove")
  }

  hide(row: number, from: string | undefined): void {
    this.fates.hide(row, from)
    this.version++
  }

  /** Shows a hidden row again; without a time its `update_time` stays. */
  show(row: number, nowMs: number | undefined): void {
    this.fates.show(row)
    if (nowMs !== undefined) this.stamp(row, nowMs)
    this.version++
  }

  /** Row of an id, a deleted one included, or -1. */
  findAny(id: number | string): number {
    const row = this.naming.find(id)
    return Number.isInteger(row) && row >= 0 && row < this.count && String(this.id(row)) === String(id) ? row : -1
  }

  /** Brings a deleted row back; without a time its `update_time` stays. */
  restore(row: number, nowMs: number | undefined): void {
    this.fates.restore(row)
    this.revive?.(row)
    if (nowMs !== undefined) this.stamp(row, nowMs)
    this.#tell(row, "insert")
  }

  #tell(row: number, what: "insert" | "remove"): void {
    this.version++
    for (const watch of this.watchers) watch(row, what)
  }

  #round(ms: number): number {
    return this.millis ? Math.floor(ms) : Math.floor(ms / 1000) * 1000
  }

  #apply(row: number, patch: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(patch)) {
      const column = this.columns.get(key)
      if (column === undefined || !this.#setColumn(column, row, value)) {
        let patches = this.#patches.get(row)
        if (patches === undefined) {
          patches = new Map()
          this.#patches.set(row, patches)
        }
        patches.set(key, toJson(value))
      } else this.#patches.get(row)?.delete(key)
    }
  }

  #setColumn(column: Column, row: number, value: unknown): boolean {
    if (column.kind === "choice") {
      const at = column.indexOf(toJson(value))
      if (at >= 0) column.set(row, at)
      return at >= 0
    }
    if (value === null) {
      column.set(row, column.kind === "time" ? Number.NaN : NONE)
      return true
    }
    if (column.kind === "time") {
      const ms = typeof value === "string" ? parseTime(value) : Number(value)
      if (Number.isNaN(ms)) return false
      column.set(row, ms)
      return true
    }
    if (typeof value !== "number" || !Number.isInteger(value)) return false
    column.set(row, value)
    return true
  }
}
