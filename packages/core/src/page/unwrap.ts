/**
 * Rows that stand inside a wrapper, `{"object": …, "timestamp": …, "data": {row}}`, as the endpoints of a deal's and a
 * person's flow give them. The row is its `data`; what stands beside it can be added to it.
 */
import type { SourceStream } from "../declare/stream.ts"
import { sanitize } from "./sanitize.ts"
import { type Scanned, scanRow } from "./scan.ts"
import { textOf } from "./text.ts"
import { isZeroDate } from "./zero-dates.ts"

/** What stands around a wrapped row, which is its `data`. */
export const WRAPPER: ReadonlyArray<string> = ["data", "object", "timestamp"]

/** Where a page's wrapped rows really are. */
export const unwrapped = (stream: SourceStream, body: Uint8Array, scanned: Scanned, wanted: ReadonlyArray<string>) => {
  const spans: Array<number> = []
  const values: Array<number> = []
  const added: Array<string> = []
  const objects: Array<string> = []
  const isSanitized = scanned.needsSanitizing.length > 0
  let empty = 0
  for (let row = 0; row * 2 < scanned.spans.length; row++) {
    const at = row * WRAPPER.length * 2
    const [start, end] = [scanned.values[at] as number, scanned.values[at + 1] as number]
    const inner = start < 0 ? undefined : scanRow(body, start, wanted)
    if (inner === undefined) {
      empty++
      continue
    }
    spans.push(start, end)
    for (const value of inner) values.push(value)
    const beside = WRAPPER.map((name, w) => {
      const from = scanned.values[at + 2 * w] as number
      const taken = (inner[2 * wanted.indexOf(name)] ?? -1) >= 0
      if (name === "data") return ""
      const bytes = body.subarray(from, scanned.values[at + 2 * w + 1])
      const text = from < 0 ? undefined : textOf(isSanitized ? sanitize(bytes) : bytes)
      if (name === "object") objects.push(text ?? "null")
      if (text === undefined || taken) return ""
      return `"${name}":${isZeroDate(stream.columns[name], text) ? "null" : text}`
    })
    added.push(beside.filter((member) => member !== "").join(","))
  }
  // The scan has told of outer rows; which of the inner ones it met there is not worth keeping track of.
  const all = objects.map((_, row) => row)
  return {
    spans: Int32Array.from(spans),
    values: Int32Array.from(values),
    needsSanitizing: isSanitized ? all : [],
    zeroDates: scanned.zeroDates.length > 0 ? all : [],
    objects,
    added: stream.unwrap === "beside" ? added : undefined,
    empty
  }
}
