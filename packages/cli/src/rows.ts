import type { Rows } from "@pipedrive-source/core/reader"

/** The JSON text of each row, its added members included. */
export const textsOf = ({ added, bytes, spans }: Rows): ReadonlyArray<string> =>
  Array.from({ length: spans.length / 2 }, (_, index) => {
    const text = Buffer.from(bytes.subarray(spans[2 * index], spans[2 * index + 1])).toString()
    const members = added?.[index] ?? ""
    if (members === "") return text
    const open = text.slice(0, -1).trimEnd()
    return `${open}${open.endsWith("{") ? "" : ","}${members}}`
  })
