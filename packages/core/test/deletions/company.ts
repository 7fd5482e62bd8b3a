import type { Said } from "../port.ts"
import type { Chance } from "../table.ts"

/** A row of a company as it is at one moment. */
export interface State {
  readonly id: string
  /** Epoch milliseconds, whole seconds unless the list has finer ones. */
  readonly timeMs: number | undefined
  /** Of its content: hiding, moving and deleting alone leave it, unless they set the time. */
  readonly version: number
  /** Of its writing: the later of two writes holds, whichever is seen first. */
  readonly write: number
  readonly archived: boolean
  readonly hidden: boolean
  /** When it was deleted, in epoch milliseconds. */
  readonly deletedMs: number | undefined
  /** Purged or merged: no request finds it. */
  readonly gone: boolean
  /** Children alone. */
  readonly parent: string | undefined
}

/** What the API does that no public source settles, and what differs between kinds of rows. */
export interface Nature {
  readonly times: "v2" | "v1" | "millis"
  readonly ids: "integers" | "uuids"
  /** Whether lists can show deleted rows for 30 days. */
  readonly tellsDeleted: boolean
  readonly archives: boolean
  readonly archivingTouches: boolean
  readonly restoringTouches: boolean
  /** What a request for one deleted row says. */
  readonly deletedSingle: "404" | "410" | "row"
  readonly hiddenSingle: 403 | 404
  readonly cursors: "kept" | "refused"
}

const DAY_MS = 86_400_000
const KEPT_MS = 30 * DAY_MS
/** A write is seen no later than this, a second of its time's rounding included. */
export const LATEST_MS = 31_000

/** Where readers find a row: in a list, among its deleted rows, or nowhere. */
export type Place = "list" | "archive" | "deleted" | "nowhere"

export const placeOf = (row: State): Place =>
  row.gone || row.hidden ? "nowhere" : row.deletedMs !== undefined ? "deleted" : row.archived ? "archive" : "list"

/** Rows of one kind on a server: written at one moment, seen then or up to 30 seconds later. */
export class Company {
  nowMs: number
  readonly nature: Nature
  readonly seen = new Map<string, State>()
  /** Since when a row stands where it stands. */
  readonly since = new Map<string, number>()
  /**
   * Rows that came back to a list with a time so old that nobody who reads by time finds them, by list and id: what
   * changed before is read with their next edit.
   */
  readonly unread = new Set<string>()
  /** Ids of those that nobody could see meanwhile: their tombstone may be later than they are. */
  readonly returned = new Set<string>()
  /** What happened, for whoever looks for the reason of a failure. */
  readonly trace: Array<string> = []
  epoch = 0
  /** Share of cursors that are refused though they are new. */
  refusals = 0
  readonly #written = new Map<string, State>()
  #late: Array<{ readonly atMs: number; readonly row: State }> = []
  #version = 0
  #write = 0
  #count = 0
  /** Rows that have stood in a list, by list and id. */
  readonly #shown = new Set<string>()

  constructor(nature: Nature, nowMs: number) {
    this.nature = nature
    this.nowMs = nowMs
  }

  get rows(): ReadonlyMap<string, State> {
    return this.#written
  }

  note(what: string): void {
    this.trace.push(`${new Date(this.nowMs).toISOString()} ${what}`)
  }

  #nextId(): string {
    const n = ++this.#count
    if (this.nature.ids === "integers") return String(n)
    // As random as a uuid: a new one stands anywhere in the order of ids.
    const hex = (Math.imul(n, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0")
    return `${hex}-0e10-41eb-879b-${String(n).padStart(12, "0")}`
  }

  #round(ms: number): number {
    return this.nature.times === "millis" ? Math.floor(ms) : Math.floor(ms / 1000) * 1000
  }

  seed(timeMs: number | undefined, more: Partial<State> = {}): string {
    const row = this.#made(timeMs, more)
    this.#show(row)
    return row.id
  }

  #made(timeMs: number | undefined, more: Partial<State>): State {
    return {
      id: this.#nextId(),
      timeMs: timeMs === undefined ? undefined : this.#round(timeMs),
      version: ++this.#version,
      write: ++this.#write,
      archived: false,
      hidden: false,
      deletedMs: undefined,
      gone: false,
      parent: undefined,
      ...more
    }
  }

  insert(lateMs: number, more: Partial<State> = {}): void {
    this.#put(this.#made(this.nowMs, more), "insert", lateMs)
  }

  /** Changes a row; without `touch` its time stays. */
  change(id: string, what: string, change: Partial<State>, touch: boolean, lateMs: number): void {
    const before = this.#written.get(id)
    if (before === undefined || before.gone) return
    const time = touch ? { version: ++this.#version, timeMs: this.#round(this.nowMs) } : {}
    this.#put({ ...before, ...change, ...time, write: ++this.#write }, what, lateMs)
  }

  #put(row: State, what: string, lateMs: number): void {
    this.#written.set(row.id, row)
    this.note(`${what} ${row.id}${lateMs > 0 ? `, seen ${lateMs / 1000} s later` : ""}`)
    if (lateMs === 0) this.#show(row)
    else this.#late.push({ atMs: this.nowMs + lateMs, row })
  }

  #show(row: State): void {
    const before = this.seen.get(row.id)
    if (before !== undefined && before.write > row.write) return
    if (!this.#written.has(row.id)) this.#written.set(row.id, row)
    this.seen.set(row.id, row)
    const [from, to] = [before === undefined ? "nowhere" : placeOf(before), placeOf(row)]
    if (from !== to) this.since.set(row.id, this.nowMs)
    if (to !== "list" && to !== "archive") return
    const key = `${to} ${row.id}`
    const isFresh = row.timeMs !== undefined && this.nowMs - row.timeMs <= LATEST_MS
    if (isFresh) {
      this.returned.delete(row.id)
      this.unread.delete(key)
    } else if (from !== to && before !== undefined) {
      if (from === "nowhere" || from === "deleted") this.returned.add(row.id)
      if (this.#shown.has(key)) this.unread.add(key)
    }
    this.#shown.add(key)
  }

  advance(nowMs: number): void {
    const due = this.#late.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs)
    this.#late = this.#late.filter(({ atMs }) => atMs > nowMs)
    for (const { atMs, row } of due) {
      this.nowMs = Math.max(this.nowMs, atMs)
      this.#show(row)
    }
    this.nowMs = nowMs
  }

  /** The row as JSON text. */
  text(row: State): string {
    const { nature } = this
    const time = row.timeMs === undefined ? null : timeText(row.timeMs, nature.times)
    return JSON.stringify({
      id: nature.ids === "integers" ? Number(row.id) : row.id,
      ...(row.parent !== undefined && { deal_id: Number(row.parent) }),
      update_time: time,
      version: row.version,
      ...(nature.tellsDeleted && {
        status: row.deletedMs === undefined ? "open" : "deleted",
        is_deleted: row.deletedMs !== undefined
      }),
      ...(nature.archives && { is_archived: row.archived }),
      ...(nature.times === "v1" && { active_flag: row.deletedMs === undefined })
    })
  }

  isIn(id: string, list: "list" | "archive"): boolean {
    const row = this.seen.get(id)
    return row !== undefined && placeOf(row) === list
  }

  /** Rows that a list shows now; `deleted` with those that can still be told, or those alone. */
  listed(list: "list" | "archive", deleted: "without" | "with" | "alone" = "without"): ReadonlyArray<State> {
    return [...this.seen.values()].filter((row) => {
      const place = placeOf(row)
      if (place === "deleted") {
        if (deleted === "without" || !this.nature.tellsDeleted || row.archived !== (list === "archive")) return false
        return this.nowMs - (row.deletedMs ?? 0) < KEPT_MS
      }
      return place === list && deleted !== "alone"
    })
  }

  /** Answer to a request for a list. */
  list(list: "list" | "archive", query: Query, chance: Chance): Said {
    const { cursor, ids, limit, sort, sort_by, sort_direction, start, status, updated_since, ...rest } = query
    for (const name of Object.keys(rest)) if (name !== "deal_ids") return refused(`unknown parameter ${name}`)
    const statuses = status?.split(",") ?? ["open"]
    const deleted = !statuses.includes("deleted") ? "without" : statuses.length === 1 ? "alone" : "with"
    const order = (sort ?? sort_by ?? "id").startsWith("id") ? "id" : "time"
    const down = sort_direction === "desc" || sort?.includes("DESC") === true
    const wanted = ids === undefined ? undefined : new Set(ids.split(","))
    if ((wanted?.size ?? 0) > 100) return refused("ids: at most 100")
    const sinceMs = updated_since === undefined ? undefined : Date.parse(updated_since)
    const children = query["deal_ids"]?.split(",")
    const all = this.listed(list, deleted)
      .filter(({ id }) => wanted === undefined || wanted.has(id))
      .filter(({ timeMs }) => sinceMs === undefined || (timeMs !== undefined && timeMs >= sinceMs))
      .filter(({ parent }) => children === undefined || (parent !== undefined && children.includes(parent)))
      .map((row) => ({ row, key: this.#keyOf(row, order) }))
      .sort((a, b) => (down ? -1 : 1) * compareKeys(a.key, b.key))
    const isWhole = query["limit"] === undefined
    if (isWhole) return { body: `{"success":true,"data":[${all.map(({ row }) => this.text(row)).join(",")}]}` }
    // A hundred ids are never cut: real pages are longer.
    const size = Math.max(Number(limit), wanted?.size ?? 0)
    let at = Number(start ?? 0)
    if (cursor !== undefined) {
      const [epoch, bound, key] = JSON.parse(cursor) as [number, string, Key]
      const isStale = this.nature.cursors === "refused" && epoch !== this.epoch
      if (isStale || bound !== `${order} ${down} ${updated_since}` || chance.is(this.refusals))
        return refused("invalid cursor")
      const next = all.findIndex((each) => (down ? -1 : 1) * compareKeys(each.key, key) > 0)
      at = next < 0 ? all.length : next
    }
    const page = all.slice(at, at + size)
    const more = at + size < all.length
    const data = page.map(({ row }) => this.text(row)).join(",")
    const last = page.at(-1)
    const next = more && last ? JSON.stringify([this.epoch, `${order} ${down} ${updated_since}`, last.key]) : null
    const additional =
      start !== undefined || sort !== undefined
        ? { pagination: { start: at, limit: size, more_items_in_collection: more } }
        : { next_cursor: next }
    return { body: `{"success":true,"data":[${data}],"additional_data":${JSON.stringify(additional)}}` }
  }

  #keyOf(row: State, order: "id" | "time"): Key {
    const id = this.nature.ids === "integers" ? Number(row.id) : row.id
    return order === "id" ? [0, id] : [row.timeMs ?? 0, id]
  }

  /** Answer to a request for one row of v1. */
  one(id: string): Said {
    const row = this.seen.get(id)
    if (row === undefined || row.gone) return missing(404)
    if (row.hidden) return missing(this.nature.hiddenSingle)
    if (row.deletedMs !== undefined) {
      const isKept = this.nowMs - row.deletedMs < KEPT_MS
      if (!isKept || this.nature.deletedSingle === "404") return missing(404)
      if (this.nature.deletedSingle === "410") return missing(410)
    }
    return { body: `{"success":true,"data":${this.text(row)}}` }
  }
}

export type Query = { readonly [parameter: string]: string }
type Key = readonly [number, number | string]

const compareKeys = (a: Key, b: Key): number => (a[0] !== b[0] ? a[0] - b[0] : a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0)

const refused = (error: string): Said => ({ status: 400, body: { success: false, error } })

const missing = (status: 403 | 404 | 410): Said => ({
  status,
  body: {
    success: false,
    error: status === 403 ? "You do not have permissions to do this." : "Object was not found.",
    data: null
  }
})

/** A time as rows have it. */
export const timeText = (ms: number, style: Nature["times"]): string => {
  const text = new Date(ms).toISOString()
  if (style === "millis") return text
  return style === "v2" ? `${text.slice(0, 19)}Z` : text.slice(0, 19).replace("T", " ")
}
