import { parseTime, timeText } from "./clock.ts"
import { Column, NONE, NOW } from "./column.ts"
import { toJson } from "./json.ts"
import { Order } from "./order.ts"
import type { Page } from "./page.ts"
import { type Field, type Part, PLAIN, type Selection, type Slot, selectionKey, slotText } from "./row.ts"

/** How the rows of a table are called by the API. */
export interface Naming {
  /** JSON value of the row's id. */
  readonly of: (row: number) => number | string
  /** Row of an id, or any number out of range. */
  readonly find: (id: number | string) => number
}

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

/** Constant bytes between two slots. */
interface Constant {
  readonly kind: "bytes"
  readonly bytes: Buffer
}

interface Plan {
  readonly selection: Selection
  readonly variants: Array<ReadonlyArray<Constant | Slot> | undefined>
}

/** Rows made by formula from their number, a few typed columns and sparse edits. */
export class DataTable {
  readonly name: string
  readonly naming: Naming
  readonly variants: number
  readonly updated: string | undefined
  readonly millis: boolean
  readonly touch: string | undefined
  readonly columns = new Map<string, Column>()
  readonly fields: Field[] = []
  /** Rows ever made, deleted ones included. */
  count: number
  /** Grows with every change. */
  version = 0
  /** Called after rows were added or taken away. */
  readonly watchers: Array<(row: number, what: "insert" | "edit" | "remove") => void> = []
  /** How a row is deleted; it leaves every list when absent. */
  erase: ((row: number, nowMs: number) => void) | undefined
  readonly #removed = new Set<number>()
  readonly #patches = new Map<number, Map<string, string>>()
  readonly #plans = new Map<string, Plan>()
  #last: Plan | undefined
  readonly #orders = new Map<string, Order>()
  #edits = 0

  constructor(options: TableOptions) {
    this.name = options.name
    this.count = options.size
    this.naming = options.naming ?? counted()
    this.variants = options.variants ?? 64
    this.updated = options.updated
    this.millis = options.millis ?? false
    this.touch = options.touch
  }

  #column(column: Column): Column {
    this.columns.set(column.name, column)
    return column
  }

  /** A whole-number column; `NONE` is null. */
  int(name: string, fill: (row: number) => number, fresh?: number): Column {
    return this.#column(new Column(name, "int", this.count, fill, fresh === undefined ? {} : { fresh }))
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
    if (!Number.isInteger(row) || row < 0 || row >= this.count || this.#removed.has(row)) return -1
    return String(this.naming.of(row)) === String(id) ? row : -1
  }

  isListed(row: number): boolean {
    return !this.#removed.has(row)
  }

  get(name: string, row: number): number {
    return this.columns.get(name)?.get(row) ?? Number.NaN
  }

  /** Number that varies the row's filling. */
  variant(row: number): number {
    return row % this.variants
  }

  #plan(selection: Selection): Plan {
    // All rows of a page have the same selection object.
    if (this.#last?.selection === selection) return this.#last
    const key = selectionKey(selection)
    let plan = this.#plans.get(key)
    if (plan === undefined) {
      if (this.#plans.size > 50) this.#plans.clear()
      plan = { selection, variants: new Array(this.variants) }
      this.#plans.set(key, plan)
    }
    this.#last = { selection, variants: plan.variants }
    return this.#last
  }

  #compile(variant: number, selection: Selection): ReadonlyArray<Constant | Slot> {
    const compiled: Array<Constant | Slot> = []
    let text = ""
    const add = (part: Part): void => {
      if (typeof part === "string") text += part
      else {
        if (text !== "") compiled.push({ kind: "bytes", bytes: Buffer.from(text) })
        text = ""
        compiled.push(part)
      }
    }
    let separator = "{"
    for (const { key, when, parts } of this.fields) {
      if (when?.(selection) === false) continue
      const pieces = parts(variant, selection)
      if (pieces === undefined) continue
      add(`${separator}${JSON.stringify(key)}:`)
      separator = ","
      for (const piece of pieces) add(piece)
    }
    add(separator === "{" ? "{}" : "}")
    compiled.push({ kind: "bytes", bytes: Buffer.from(text) })
    return compiled
  }

  /** Appends the JSON of a row to a page. */
  write(page: Page, row: number, selection: Selection): void {
    if (this.#patches.has(row)) {
      page.text(this.text(row, selection))
      return
    }
    const plan = this.#plan(selection)
    const variant = this.variant(row)
    let parts = plan.variants[variant]
    if (parts === undefined) {
      parts = this.#compile(variant, selection)
      plan.variants[variant] = parts
    }
    for (const part of parts) this.#writePart(page, part, row, selection)
  }

  #writePart(page: Page, slot: Constant | Slot, row: number, selection: Selection): void {
    switch (slot.kind) {
      case "bytes":
        page.copy(slot.bytes)
        return
      case "id": {
        const id = this.naming.of(row)
        if (typeof id === "number") page.integer(id)
        else page.text(JSON.stringify(id))
        return
      }
      case "int": {
        const value = slot.column.get(row)
        if (value === NONE) page.ascii("null")
        else page.integer(value)
        return
      }
      case "number": {
        const value = slot.of(row)
        if (value === NONE) page.ascii("null")
        else page.integer(value)
        return
      }
      case "choice": {
        const bytes = slot.column.encoded[slot.column.get(row)]
        if (bytes === undefined) page.ascii("null")
        else page.copy(bytes)
        return
      }
      case "time": {
        const value = slot.column.get(row)
        page.ascii(Number.isNaN(value) ? "null" : `"${timeText(value, slot.style)}"`)
        return
      }
      case "made":
        page.text(slot.of(row, selection))
    }
  }

  /** JSON text of a row. */
  text(row: number, selection: Selection = PLAIN): string {
    const entries = this.entries(row, selection)
    return `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`
  }

  /** Properties of a row in order, each value as JSON text. */
  entries(row: number, selection: Selection = PLAIN): Array<readonly [key: string, text: string]> {
    const patch = this.#patches.get(row)
    const entries: Array<readonly [string, string]> = []
    const known = new Set<string>()
    for (const { key, when, parts } of this.fields) {
      known.add(key)
      if (when?.(selection) === false) continue
      const patched = patch?.get(key)
      if (patched !== undefined) {
        entries.push([key, patched])
        continue
      }
      const pieces = parts(this.variant(row), selection)
      if (pieces === undefined) continue
      let text = ""
      for (const piece of pieces) {
        text += typeof piece === "string" ? piece : slotText(piece, row, selection, JSON.stringify(this.id(row)))
      }
      entries.push([key, text])
    }
    for (const [key, text] of patch ?? []) if (!known.has(key)) entries.push([key, text])
    return entries
  }

  /** JSON text of one property, whether optional or not. */
  value(row: number, key: string): string {
    const patched = this.#patches.get(row)?.get(key)
    if (patched !== undefined) return patched
    const found = this.fields.find((candidate) => candidate.key === key)
    const pieces = found?.parts(this.variant(row), PLAIN) ?? ["null"]
    const idText = JSON.stringify(this.id(row))
    return pieces.map((part) => (typeof part === "string" ? part : slotText(part, row, PLAIN, idText))).join("")
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
    if (others.length === 0 && this.touch !== undefined) {
      const before = this.read(row, this.touch)
      full[this.touch] =
        typeof before === "number"
          ? before + 1
          : typeof before === "boolean"
            ? !before
            : `${String(before ?? "").replace(/ \(edit \d+\)$/, "")} (edit ${this.#edits})`
    }
    const column = this.updated === undefined ? undefined : this.columns.get(this.updated)
    if (column !== undefined && !keepTime) column.set(row, this.#round(nowMs))
    this.#apply(row, full)
    for (const order of this.#orders.values()) order.moved(row)
    this.version++
    for (const watch of this.watchers) watch(row, "edit")
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
    if (this.erase === undefined) this.#removed.add(row)
    else {
      this.erase(row, nowMs)
      for (const order of this.#orders.values()) order.moved(row)
    }
    this.version++
    for (const watch of this.watchers) watch(row, "remove")
  }

  /** Takes a row out of every list, whatever the table's own way of deleting is. */
  drop(row: number): void {
    this.#removed.add(row)
    this.version++
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
