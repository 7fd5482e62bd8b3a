import type { Account } from "./account.ts"
import { binding, readCursor, writeCursor } from "./cursor.ts"
import type { Endpoint, Listing } from "./endpoint.ts"
import { type ApiError, invalid, notFound, resourceError } from "./errors.ts"
import { type Place, placeOf, slice } from "./listing.ts"
import { Page } from "./page.ts"
import type { Query } from "./query.ts"

/** A finished answer before faults. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
  readonly rows: number
}

/** JSON text of a listed row. */
export function rowText(listing: Listing, row: number): string {
  if (listing.kind === "texts") return listing.texts[row] as string
  const text = listing.table.text(row, listing.selection)
  if (listing.wrap === undefined) return text
  const [before, after] = listing.wrap(row)
  return before + text + after
}

function writeRow(page: Page, listing: Listing, row: number): void {
  if (listing.kind === "texts") {
    page.text(listing.texts[row] as string)
    return
  }
  const wrap = listing.wrap?.(row)
  if (wrap !== undefined) page.text(wrap[0])
  listing.table.write(page, row, listing.selection)
  if (wrap !== undefined) page.text(wrap[1])
}

function limitOf(account: Account, endpoint: Endpoint, query: Query): number {
  const most = endpoint.maxLimit ?? 500
  const asked = query.number("limit") ?? Math.min(endpoint.defaultLimit ?? 100, most)
  const refuse = (reason: string): ApiError =>
    endpoint.path.startsWith("v2/") ? invalid("limit", reason) : resourceError(400, `limit ${reason}`)
  if (asked < 1) throw refuse("must be greater than or equal to 1")
  if (asked > most && account.switches.overLimit === "400") throw refuse(`must be less than or equal to ${most}`)
  return Math.min(asked, most)
}

/** Bytes of an endpoint's last page: the next one is likely to need as much. */
const lastSizes = new WeakMap<Endpoint, number>()

/** Answers a request whose parameters are checked. */
export function answer(account: Account, endpoint: Endpoint, path: string, query: Query): Answer {
  const listing = account.overlay.over(`${path} ${query.fingerprint()}`, endpoint.list(query))
  const nulls = account.switches.nulls
  const isV1 = endpoint.path.startsWith("v1/")
  const page = new Page(lastSizes.get(endpoint) ?? 4096)
  page.text(`{"success":true,${endpoint.extra ?? ""}"data":`)

  if (endpoint.paging === "object") {
    const only = slice(listing, nulls, {}, 1).rows[0]
    if (only === undefined) throw notFound("item")
    writeRow(page, listing, only)
    page.text("}")
    return { status: 200, body: page.done(), rows: 1 }
  }

  const isWhole = endpoint.paging === "whole"
  const limit = isWhole ? Number.POSITIVE_INFINITY : limitOf(account, endpoint, query)
  const size = isWhole ? limit : Math.min(limit, account.options.maxPageSize ?? limit)
  const start = endpoint.paging === "offset" ? (query.number("start") ?? 0) : 0
  const bound = endpoint.paging === "cursor" ? binding(endpoint, path, query.fingerprint()) : ""
  const now = account.clock.now()
  const made = Number.isFinite(account.switches.cursorExpiryMs) ? now : undefined
  let after: Place | undefined
  const cursor = endpoint.paging === "cursor" ? query.text("cursor") : undefined
  if (cursor !== undefined && cursor !== "") {
    after = readCursor(cursor, listing, bound, now, account.switches.cursorExpiryMs)
    if (after === undefined) {
      throw isV1 ? resourceError(400, "cursor is invalid") : invalid("cursor", "is invalid")
    }
  }
  const { rows, more } = slice(listing, nulls, { after, skip: start }, size)

  if (rows.length === 0 && isV1 && account.switches.emptyV1 === "null" && endpoint.around === undefined) {
    page.text("null")
  } else {
    const [open, close] = endpoint.around ?? ["[", "]"]
    page.text(open)
    for (let at = 0; at < rows.length; at++) {
      if (at > 0) page.ascii(",")
      writeRow(page, listing, rows[at] as number)
    }
    page.text(close)
  }

  if (endpoint.paging === "cursor" && !endpoint.bare) {
    const last = rows.at(-1)
    const place = last === undefined || listing.kind === "texts" ? undefined : placeOf(listing, last)
    const next =
      more && last !== undefined ? writeCursor(listing, place ?? { value: null, row: last }, bound, made) : null
    page.text(`,"additional_data":{"next_cursor":${JSON.stringify(next)}}}`)
  } else if (endpoint.paging === "offset" && !endpoint.bare) {
    const paging = {
      start,
      limit: size,
      more_items_in_collection: more,
      ...(more && account.switches.v1Paging === "nested" ? { next_start: start + rows.length } : {})
    }
    const shaped = account.switches.v1Paging === "nested" ? { pagination: paging } : paging
    page.text(`,"additional_data":${JSON.stringify(shaped)}}`)
  } else page.text("}")
  lastSizes.set(endpoint, page.length + 4096)
  return { status: 200, body: page.done(), rows: rows.length }
}
