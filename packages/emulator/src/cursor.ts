import type { Endpoint, Listing } from "./endpoint.ts"
import type { Place } from "./listing.ts"
import { hash } from "./random.ts"

function digest(text: string): string {
  let value = text.length
  for (let at = 0; at < text.length; at++) value = hash(value, text.charCodeAt(at))
  return value.toString(36)
}

/** What a cursor is bound to: the endpoint and everything that chooses or orders its rows. */
export const binding = (endpoint: Endpoint, path: string, fingerprint: string): string =>
  digest(`${endpoint.path} ${path} ${fingerprint}`)

export function writeCursor(listing: Listing, place: Place, bound: string, madeMs: number | undefined): string {
  const key = listing.kind === "rows" ? listing.sort[0] : undefined
  return Buffer.from(
    JSON.stringify({
      field: key?.name ?? "id",
      fieldValue: place.value,
      sortDirection: key?.direction ?? "asc",
      id: place.row + 1,
      filter: bound,
      ...(madeMs === undefined ? {} : { made: Math.floor(madeMs) })
    })
  ).toString("base64url")
}

/** The place a cursor marks; undefined when it is malformed, of other filters or too old. */
export function readCursor(
  text: string,
  listing: Listing,
  bound: string,
  nowMs: number,
  expiryMs: number
): Place | undefined {
  let cursor: unknown
  try {
    cursor = JSON.parse(Buffer.from(text, "base64url").toString())
  } catch {
    return undefined
  }
  if (typeof cursor !== "object" || cursor === null) return undefined
  const { field, fieldValue, sortDirection, id, filter, made } = cursor as Record<string, unknown>
  const key = listing.kind === "rows" ? listing.sort[0] : undefined
  if (filter !== bound || field !== (key?.name ?? "id") || sortDirection !== (key?.direction ?? "asc")) {
    return undefined
  }
  if (typeof id !== "number" || nowMs - (typeof made === "number" ? made : nowMs) > expiryMs) return undefined
  if (typeof fieldValue !== "number" && typeof fieldValue !== "string" && fieldValue !== null) return undefined
  return { value: fieldValue, row: id - 1 }
}
