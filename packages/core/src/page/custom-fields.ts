import { membersOf, nameIn } from "./scan.ts"
import { textOf } from "./text.ts"

/** Key of a custom field, or of a part of one: its currency, its time zone. */
const CUSTOM_FIELD = /^[0-9a-f]{40}(_\w+)?$/i

/** The column that repeats them. */
const CUSTOM_FIELDS = "custom_fields"

/**
 * The custom fields that stand among a row's own properties, once more as one object, which a destination with fixed
 * columns can hold: the member `"custom_fields":{…}`, its properties byte for byte. Empty text where the row has such
 * a member of its own.
 */
export const customFieldsOf = (row: Uint8Array): string => {
  const found: Array<string> = []
  for (const { nameStart, nameEnd, start, end } of membersOf(row, 0)) {
    if (nameEnd - nameStart < CUSTOM_FIELDS.length) continue
    const name = nameIn(row, nameStart, nameEnd)
    if (name === CUSTOM_FIELDS) return ""
    if (CUSTOM_FIELD.test(name)) {
      found.push(`${textOf(row.subarray(nameStart - 1, nameEnd + 1))}:${textOf(row.subarray(start, end))}`)
    }
  }
  return `"${CUSTOM_FIELDS}":{${found.join(",")}}`
}
