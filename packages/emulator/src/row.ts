import { type TimeStyle, timeText } from "./clock.ts"
import { type Column, wholeText } from "./column.ts"

/** A place in a row's JSON whose text depends on the row itself. */
export type Slot =
  | { readonly kind: "id" }
  | { readonly kind: "int"; readonly column: Column }
  | { readonly kind: "time"; readonly column: Column; readonly style: TimeStyle }
  | { readonly kind: "choice"; readonly column: Column }
  | { readonly kind: "number"; readonly of: (row: number) => number }
  | { readonly kind: "made"; readonly of: (row: number, selection: Selection) => string }

/** Constant JSON text or a slot. */
export type Part = string | Slot

/** What a request wants to see of a row. */
export interface Selection {
  /** Optional properties asked for. */
  readonly include: ReadonlySet<string>
  /** Custom fields asked for; all when absent. */
  readonly custom: ReadonlySet<string> | undefined
  /** Options of enums and sets as `{id,label}`. */
  readonly optionLabels: boolean
  /** Labels as objects, beside their ids. */
  readonly labels: boolean
  /** Another shape of the same row, such as an entry of a flow. */
  readonly form: string
}

export const PLAIN: Selection = {
  include: new Set(),
  custom: undefined,
  optionLabels: false,
  labels: false,
  form: ""
}

export function selectionKey(selection: Selection): string {
  const custom = selection.custom === undefined ? "*" : [...selection.custom].sort().join(",")
  return [
    [...selection.include].sort().join(","),
    custom,
    selection.optionLabels,
    selection.labels,
    selection.form
  ].join("|")
}

/** One property of a row. */
export interface Field {
  readonly key: string
  /** Absent or true: always sent. */
  readonly when?: (selection: Selection) => boolean
  /** Pieces of its JSON value for one of the table's variants; undefined leaves the property out. */
  readonly parts: (variant: number, selection: Selection) => ReadonlyArray<Part> | undefined
}

export const id: Slot = { kind: "id" }
export const int = (column: Column): Slot => ({ kind: "int", column })
export const choice = (column: Column): Slot => ({ kind: "choice", column })
export const time = (column: Column, style: TimeStyle): Slot => ({ kind: "time", column, style })
/** A whole number found for the row; `NONE` is null. */
export const number = (of: (row: number) => number): Slot => ({ kind: "number", of })
export const made = (of: (row: number, selection: Selection) => string): Slot => ({ kind: "made", of })

/** A property whose value is the same pieces for every row. */
export const field = (key: string, ...parts: Part[]): Field => ({ key, parts: () => parts })

/** A property whose JSON text depends on the variant alone. */
export const varied = (key: string, text: (variant: number) => string): Field => ({
  key,
  parts: (variant) => [text(variant)]
})

/** A property that is sent only when `include_fields` names it. */
export const optional = (key: string, ...parts: Part[]): Field => ({
  key,
  when: (selection) => selection.include.has(key),
  parts: () => parts
})

/** JSON text of a slot. */
export function slotText(slot: Slot, row: number, selection: Selection, idText: string): string {
  switch (slot.kind) {
    case "id":
      return idText
    case "int":
      return wholeText(slot.column.get(row))
    case "choice":
      return slot.column.texts[slot.column.get(row)] ?? "null"
    case "time": {
      const value = slot.column.get(row)
      return Number.isNaN(value) ? "null" : `"${timeText(value, slot.style)}"`
    }
    case "number":
      return wholeText(slot.of(row))
    case "made":
      return slot.of(row, selection)
  }
}
