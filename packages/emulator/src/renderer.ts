import { timeText } from "./clock.ts"
import { wholeText } from "./column.ts"
import type { Page } from "./page.ts"
import { type Field, type Part, PLAIN, type Selection, type Slot, selectionKey, slotText } from "./row.ts"

/** Constant bytes between two slots. */
interface Constant {
  readonly kind: "bytes"
  readonly bytes: Buffer
}

interface Plan {
  readonly selection: Selection
  readonly variants: Array<ReadonlyArray<Constant | Slot> | undefined>
}

/** How the rows of a table are called by the API. */
export interface Naming {
  /** JSON value of the row's id. */
  readonly of: (row: number) => number | string
  /** Row of an id, or any number out of range. */
  readonly find: (id: number | string) => number
}

/** Properties of a row that edits have set, as JSON texts. */
export type Patch = ReadonlyMap<string, string>

function compile(fields: ReadonlyArray<Field>, variant: number, selection: Selection): ReadonlyArray<Constant | Slot> {
  const compiled: Array<Constant | Slot> = []
  let text = ""
  const add = (part: Part): void => {
    if (typeof part === "string") {
      text += part
      return
    }
    if (text !== "") compiled.push({ kind: "bytes", bytes: Buffer.from(text) })
    text = ""
    compiled.push(part)
  }
  let separator = "{"
  for (const { key, when, parts } of fields) {
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

/**
 * Writes rows from prepared bytes: all that depends on the variant and the selection alone is joined once, and only the
 * slots are filled for each row.
 */
export class Renderer {
  readonly fields: Field[] = []
  readonly variants: number
  readonly #naming: Naming
  readonly #plans = new Map<string, Plan>()
  #last: Plan | undefined

  constructor(naming: Naming, variants: number) {
    this.#naming = naming
    this.variants = variants
  }

  /** Lets go of all that was joined. */
  forget(): void {
    this.#plans.clear()
    this.#last = undefined
  }

  #plan(selection: Selection): Plan {
    // All rows of a page have the same selection object.
    if (this.#last?.selection === selection) return this.#last
    const key = selectionKey(selection)
    let variants = this.#plans.get(key)?.variants
    if (variants === undefined) {
      if (this.#plans.size > 50) this.#plans.clear()
      variants = new Array(this.variants)
      this.#plans.set(key, { selection, variants })
    }
    this.#last = { selection, variants }
    return this.#last
  }

  /** Appends the JSON of a row that no edit has patched. */
  write(page: Page, row: number, selection: Selection): void {
    const plan = this.#plan(selection)
    const variant = row % this.variants
    let parts = plan.variants[variant]
    if (parts === undefined) {
      parts = compile(this.fields, variant, selection)
      plan.variants[variant] = parts
    }
    for (const part of parts) this.#writePart(page, part, row, selection)
  }

  #writePart(page: Page, part: Constant | Slot, row: number, selection: Selection): void {
    switch (part.kind) {
      case "bytes":
        page.copy(part.bytes)
        return
      case "id": {
        const id = this.#naming.of(row)
        if (typeof id === "number") page.integer(id)
        else page.text(JSON.stringify(id))
        return
      }
      case "int":
      case "number": {
        const value = part.kind === "int" ? part.column.get(row) : part.of(row)
        if (value >= 0) page.integer(value)
        else page.ascii(wholeText(value))
        return
      }
      case "choice": {
        const bytes = part.column.encoded[part.column.get(row)]
        if (bytes === undefined) page.ascii("null")
        else page.copy(bytes)
        return
      }
      case "time": {
        const value = part.column.get(row)
        page.ascii(Number.isNaN(value) ? "null" : `"${timeText(value, part.style)}"`)
        return
      }
      case "made":
        page.text(part.of(row, selection))
    }
  }

  #joined(parts: ReadonlyArray<Part>, row: number, selection: Selection): string {
    const idText = JSON.stringify(this.#naming.of(row))
    return parts.map((part) => (typeof part === "string" ? part : slotText(part, row, selection, idText))).join("")
  }

  /** Properties of a row in order, each value as JSON text. */
  entries(row: number, selection: Selection, patch: Patch | undefined): Array<readonly [key: string, text: string]> {
    const entries: Array<readonly [string, string]> = []
    const known = new Set<string>()
    for (const { key, when, parts } of this.fields) {
      known.add(key)
      if (when?.(selection) === false) continue
      const pieces = parts(row % this.variants, selection)
      const patched = patch?.get(key)
      if (patched !== undefined) entries.push([key, patched])
      else if (pieces !== undefined) entries.push([key, this.#joined(pieces, row, selection)])
    }
    for (const [key, text] of patch ?? []) if (!known.has(key)) entries.push([key, text])
    return entries
  }

  /** JSON text of one property, whether optional or not. */
  value(row: number, key: string): string {
    const found = this.fields.find((candidate) => candidate.key === key)
    return this.#joined(found?.parts(row % this.variants, PLAIN) ?? ["null"], row, PLAIN)
  }
}
