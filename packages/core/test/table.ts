import type { Query } from "../src/declare/stream.ts"

/** Chance from a seed: the same seed, the same history (mulberry32, public domain). */
export const chanceOf = (seed: number) => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return {
    next,
    /** A whole number in `[from, to]`. */
    between: (from: number, to: number): number => from + Math.floor(next() * (to - from + 1)),
    pick: <A>(items: ReadonlyArray<A>): A => items[Math.floor(next() * items.length)] as A,
    is: (probability: number): boolean => next() < probability
  }
}

export type Chance = ReturnType<typeof chanceOf>

/** A row's newest version; one without a time has `time` undefined. Times are epoch seconds. */
export interface Version {
  readonly id: number
  readonly time: number | undefined
  readonly version: number
}

export interface TableOptions {
  readonly nulls?: "first" | "last"
  /** Whether a page cursor outlives the run it was given to. */
  readonly cursors?: "kept" | "refused"
  readonly localTimes?: boolean
}

const zoned = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
const local = (seconds: number): string => zoned(seconds).slice(0, 19).replace("T", " ")

/** A list on a server whose rows change while it is read: keyset cursors, offsets, and writes that show up late. */
export class Table {
  nowMs: number
  readonly options: TableOptions
  /** What readers see. */
  readonly #visible = new Map<number, Version>()
  /** What has been written, whether it can be seen yet or not. */
  readonly #written = new Map<number, Version>()
  #late: Array<{ readonly atMs: number; readonly row: Version }> = []
  #sorted = new Map<string, ReadonlyArray<Version>>()
  #nextId = 1
  #version = 0
  /** Cursors of earlier epochs are refused, where they do not outlive a run. */
  epoch = 0

  constructor(nowMs: number, options: TableOptions = {}) {
    this.nowMs = nowMs
    this.options = options
  }

  get ids(): ReadonlyArray<number> {
    return [...this.#written.keys()]
  }

  get rows(): ReadonlyMap<number, Version> {
    return this.#written
  }

  get seen(): ReadonlyMap<number, Version> {
    return this.#visible
  }

  /** Adds a row with any time, at once to be seen. */
  seed(time: number | undefined): number {
    const id = this.#nextId++
    this.#show({ id, time, version: ++this.#version })
    return id
  }

  insert(lateMs = 0): number {
    const id = this.#nextId++
    this.#write(id, lateMs)
    return id
  }

  edit(id: number, lateMs = 0): void {
    if (this.#written.has(id)) this.#write(id, lateMs)
  }

  remove(id: number): void {
    this.#written.delete(id)
    this.#visible.delete(id)
    this.#late = this.#late.filter(({ row }) => row.id !== id)
    this.#sorted.clear()
  }

  advance(ms: number): void {
    this.nowMs += ms
    const due = this.#late.filter(({ atMs }) => atMs <= this.nowMs)
    if (due.length === 0) return
    this.#late = this.#late.filter(({ atMs }) => atMs > this.nowMs)
    for (const { row } of due) {
      const shown = this.#visible.get(row.id)
      if (shown === undefined || shown.version < row.version) this.#visible.set(row.id, row)
    }
    this.#sorted.clear()
  }

  #write(id: number, lateMs: number): void {
    const row: Version = { id, time: Math.floor(this.nowMs / 1000), version: ++this.#version }
    this.#written.set(id, row)
    if (lateMs === 0) this.#show(row)
    else this.#late.push({ atMs: this.nowMs + lateMs, row })
  }

  #show(row: Version): void {
    this.#written.set(row.id, row)
    this.#visible.set(row.id, row)
    this.#sorted.clear()
  }

  /** Visible rows in order; without a time first or last going up, the other way round going down. */
  #order(sort: string): ReadonlyArray<Version> {
    const known = this.#sorted.get(sort)
    if (known !== undefined) return known
    const nullTime = this.options.nulls === "last" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    const time = (row: Version) => row.time ?? nullTime
    const byTime = (a: Version, b: Version) => (time(a) === time(b) ? a.id - b.id : time(a) < time(b) ? -1 : 1)
    const rows = [...this.#visible.values()].sort(
      sort === "id" ? (a, b) => a.id - b.id : sort === "down" ? (a, b) => -byTime(a, b) : byTime
    )
    this.#sorted.set(sort, rows)
    return rows
  }

  /** The answer's status and body. */
  answer(query: Query): { readonly status: number; readonly body: string } {
    const { cursor, limit = "100", sort, sort_by, sort_direction, start, updated_since: since, ...rest } = query
    const unknown = Object.keys(rest)
    if (unknown.length > 0) return this.refuse(`unknown parameter ${unknown[0]}`)
    const byCursor = sort_by !== undefined
    if (byCursor && start !== undefined) return this.refuse("unknown parameter start")
    const order = byCursor
      ? sort_direction === "desc"
        ? "down"
        : "up"
      : sort?.startsWith("id ")
        ? "id"
        : sort?.includes("DESC")
          ? "down"
          : "up"
    const from = since === undefined ? undefined : Date.parse(since) / 1000
    const all = this.#order(order).filter((row) => from === undefined || (row.time !== undefined && row.time >= from))
    let at = 0
    if (cursor !== undefined) {
      const [epoch, bound, afterTime, afterId] = cursor.split("|")
      const stale = this.options.cursors === "refused" && epoch !== String(this.epoch)
      if (stale || bound !== `${order}${since ?? ""}`) return this.refuse("invalid cursor")
      const marked: Version = {
        id: Number(afterId),
        time: afterTime === "" ? undefined : Number(afterTime),
        version: 0
      }
      at = all.findIndex((row) => this.#isAfter(row, marked, order))
      if (at < 0) at = all.length
    }
    if (start !== undefined) at = Number(start)
    const size = Number(limit)
    const page = all.slice(at, at + size)
    const more = at + size < all.length
    const last = page.at(-1)
    const text = this.options.localTimes === true ? local : zoned
    const data = page.map(
      ({ id, time, version }) =>
        `{"id":${id},"update_time":${time === undefined ? "null" : `"${text(time)}"`},"version":${version}}`
    )
    const next =
      more && last !== undefined ? `"${this.epoch}|${order}${since ?? ""}|${last.time ?? ""}|${last.id}"` : "null"
    const additional = byCursor
      ? `{"next_cursor":${next}}`
      : `{"pagination":{"start":${at},"limit":${size},"more_items_in_collection":${more}}}`
    return { status: 200, body: `{"success":true,"data":[${data.join(",")}],"additional_data":${additional}}` }
  }

  #isAfter(row: Version, marked: Version, order: string): boolean {
    const nullTime = this.options.nulls === "last" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    const [a, b] = [row.time ?? nullTime, marked.time ?? nullTime]
    const later = a === b ? row.id > marked.id : a > b
    const same = a === b && row.id === marked.id
    return order === "down" ? !later && !same : later
  }

  refuse(error: string): { readonly status: number; readonly body: string } {
    return { status: 400, body: JSON.stringify({ success: false, error }) }
  }
}
