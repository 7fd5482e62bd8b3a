import type { Elements, Part } from "../declare/stream.ts"
import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"
import { sanitize } from "../page/sanitize.ts"
import { type Scanned, scanPage } from "../page/scan.ts"
import { bytesOf, textOf } from "../page/text.ts"

/** Rows made of the elements of a list in each row of an answer, as an answer of their own. */
export interface Made {
  readonly body: Uint8Array
  readonly scanned: Scanned
  /** Rows of the answer whose list is empty. */
  readonly empty: number
}

/** What an element's row has of it: an id is a number here and a word there, so it is text. */
const rowsOf = (row: JsonObject, { keep, list, members, position, texts = [] }: Elements, part: Part | undefined) => {
  const elements = row[list]
  return (Array.isArray(elements) ? elements : []).filter(isObject).map((element, at) => ({
    ...part?.adds,
    ...Object.fromEntries(keep.map((name) => [name, row[name] ?? null])),
    ...Object.fromEntries(
      members.map((name) => {
        const value = element[name] ?? null
        return [name, value !== null && texts.includes(name) ? String(value) : value]
      })
    ),
    [position]: at + 1
  }))
}

/** Takes the rows out of a page whose own rows hold them in a list. */
export const elementsIn = (
  body: Uint8Array,
  scanned: Scanned,
  wanted: ReadonlyArray<string>,
  elements: Elements,
  part: Part | undefined
): Made => {
  const { spans } = scanned
  const made: Array<JsonObject> = []
  let empty = 0
  for (let i = 0; i < spans.length; i += 2) {
    const found = rowsOf(JSON.parse(textOf(body.subarray(spans[i], spans[i + 1]))), elements, part)
    if (found.length === 0) empty++
    made.push(...found)
  }
  const own = sanitize(bytesOf(JSON.stringify({ data: made })))
  return { body: own, scanned: scanPage(own, wanted) as Scanned, empty }
}
