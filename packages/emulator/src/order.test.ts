import { expect, it } from "vitest"
import { Column } from "./column.ts"
import { Order } from "./order.ts"
import { below } from "./random.ts"

it("walks like a sorted list after any number of moves, from any row and in both directions", () => {
  const count = 400
  const column = new Column("time", "time", count, (row) => (row % 17 === 3 ? Number.NaN : below(60, 1, row)))
  const order = new Order(column, () => count)
  const ranked = (direction: "asc" | "desc", nullsFirst: boolean): number[] => {
    const rows = Array.from({ length: count }, (_, row) => row)
    const nulls = rows.filter((row) => Number.isNaN(column.get(row)))
    const timed = rows
      .filter((row) => !Number.isNaN(column.get(row)))
      .sort((a, b) => column.get(a) - column.get(b) || a - b)
    if (direction === "desc") {
      nulls.reverse()
      timed.reverse()
    }
    return nullsFirst ? [...nulls, ...timed] : [...timed, ...nulls]
  }
  const walked = (direction: "asc" | "desc", nullsFirst: boolean, after?: number): number[] => {
    const rows: number[] = []
    const mark = after === undefined ? undefined : { value: column.get(after), row: after }
    order.walk(direction, nullsFirst, mark, (row) => rows.push(row) > 0)
    return rows
  }
  for (let move = 0; move < 120; move++) {
    for (const direction of ["asc", "desc"] as const) {
      for (const nullsFirst of [true, false]) {
        const wanted = ranked(direction, nullsFirst)
        expect(walked(direction, nullsFirst)).toEqual(wanted)
        const from = below(count, 2, move)
        expect(walked(direction, nullsFirst, wanted[from])).toEqual(wanted.slice(from + 1))
      }
    }
    const row = below(count, 3, move)
    column.set(row, move % 9 === 0 ? Number.NaN : below(80, 4, move))
    order.moved(row)
  }
})
