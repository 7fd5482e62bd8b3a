import { expect, it } from "vitest"
import { bytesOf, textOf } from "../page/text.ts"
import { layoutOf } from "./column-layout.ts"
import { partsOf } from "./field-types.ts"
import { RowColumns } from "./row-columns.ts"

const field = { key: "k", name: "K", type: "int", options: new Map<string, string>() }

const columns = (empty: ReadonlyArray<string> = []) => {
  const bound = partsOf("int").map((part) => ({ name: "custom_k", field, part }))
  const binding = { columns: bound, empty, labels: false, added: [], deleted: [], strange: [] }
  return new RowColumns(layoutOf("deals", "row", binding, new Map()), empty)
}

const added = (rows: ReadonlyArray<string>, empty?: ReadonlyArray<string>) => {
  const bytes = bytesOf(`[${rows.join(",")}]`)
  let at = 1
  const spans = rows.flatMap((row) => {
    const start = at
    at += bytesOf(row).length + 1
    return [start, at - 1]
  })
  const out = columns(empty).add({ bytes, spans, added: rows.map(() => '"_ab_x":1') })
  expect(out.added).toEqual(rows.map(() => '"_ab_x":1'))
  return rows.map((_, i) => textOf(out.bytes.subarray(out.spans[2 * i], out.spans[2 * i + 1])))
}

it("columns stand behind the members of a row, of one without members as well", () => {
  expect(added(["{}", "{ }", '{"k":1}', '{"é":"ü" , "k":2 }', '{"k":null}'], ["custom_gone"])).toEqual([
    '{"custom_k":null,"custom_gone":null}',
    '{ "custom_k":null,"custom_gone":null}',
    '{"k":1,"custom_k":1,"custom_gone":null}',
    '{"é":"ü" , "k":2 ,"custom_k":2,"custom_gone":null}',
    '{"k":null,"custom_k":null,"custom_gone":null}'
  ])
})

it("rows that grow far more than those before are whole", () => {
  const long = `{"k":${"1".repeat(100_000)}}`
  expect(added(["{}", long, "{}"])).toEqual([
    '{"custom_k":null}',
    `${long.slice(0, -1)},"custom_k":${"1".repeat(100_000)}}`,
    '{"custom_k":null}'
  ])
})

it("no rows are none", () => {
  expect(added([])).toEqual([])
})
