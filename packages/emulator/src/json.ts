const RAW = Symbol("raw JSON")

interface RawJson {
  readonly [RAW]: string
}

/** JSON text to be kept as it is written, for values such as `1.10` or `9007199254740993` in a patch. */
export function raw(text: string): unknown {
  JSON.parse(text)
  const value: RawJson = { [RAW]: text }
  return value
}

/** JSON text of any value, with text made by `raw` kept as it is. */
export function toJson(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    if (RAW in value) return (value as RawJson)[RAW]
    if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${toJson(inner)}`).join(",")}}`
  }
  return JSON.stringify(value) ?? "null"
}

/** JSON text of a string. */
export const quote = (text: string): string => JSON.stringify(text)

/** JSON text of an object made of texts that are JSON already. */
export function objectText(entries: ReadonlyArray<readonly [key: string, text: string]>): string {
  return `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`
}
