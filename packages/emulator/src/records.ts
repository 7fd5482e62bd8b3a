import type { Account } from "./account.ts"
import { rowText } from "./answer.ts"
import { declared, type Listing, type TableListing, type TextListing } from "./endpoint.ts"
import { slice } from "./listing.ts"
import type { Router } from "./router.ts"
import type { DataTable } from "./table.ts"
import { queryOf } from "./target.ts"

type Id = string | number
type Patch = Readonly<Record<string, unknown>>
type Tabled = TableListing | (TextListing & { readonly table: DataTable })

const hasTable = (listing: Listing): listing is Tabled => listing.table !== undefined

/** The records behind the endpoints, reached by the endpoints' paths but without HTTP. */
export class Records {
  readonly #account: Account
  readonly #router: Router

  constructor(account: Account, router: Router) {
    this.#account = account
    this.#router = router
  }

  #look(path: string, query: Readonly<Record<string, string>> = {}): { key: string; listing: Listing } {
    this.#account.late.apply()
    const [plain = "", text = ""] = path.split("?")
    const route = this.#router.find(plain)
    if (route === undefined) throw new Error(`The emulator has no endpoint ${plain}`)
    const given = new Map([...queryOf(text), ...Object.entries(query)])
    const known = declared(route.endpoint, given, route.places)
    const key = `${plain} ${known.fingerprint()}`
    return { key, listing: this.#account.overlay.over(key, route.endpoint.list(known)) }
  }

  #all(listing: Listing): ReadonlyArray<number> {
    return slice(listing, this.#account.switches.nulls, {}, Number.POSITIVE_INFINITY).rows
  }

  rows(path: string, query?: Readonly<Record<string, string>>): string[] {
    const { listing } = this.#look(path, query)
    return this.#all(listing).map((row) => rowText(listing, row))
  }

  ids(path: string, query?: Readonly<Record<string, string>>): Id[] {
    const { listing } = this.#look(path, query)
    if (!hasTable(listing)) return [...this.#all(listing)]
    const { table } = listing
    const rows = listing.kind === "texts" ? (listing.among ?? []) : this.#all(listing)
    return rows.map((row) => table.id(row))
  }

  #shown(listing: Tabled, row: number): string {
    return listing.kind === "rows" ? rowText(listing, row) : (listing.show?.(row) ?? listing.table.text(row))
  }

  #row(listing: Tabled, path: string, id: Id): number {
    const row = listing.table.find(id)
    if (row < 0) throw new Error(`${path} has no row ${id}`)
    return row
  }

  edit(path: string, ids: ReadonlyArray<Id>, patch: Patch = {}): string[] {
    const { late, overlay, switches } = this.#account
    const { key, listing } = this.#look(path)
    if (!hasTable(listing)) return ids.map((id) => overlay.edit(key, listing as TextListing, Number(id), patch))
    const isMove = Object.keys(patch).length === 1 && "is_archived" in patch
    const keepTime = isMove && !switches.archivingTouches
    return ids.map((id) => {
      const row = this.#row(listing, path, id)
      listing.table.edit(row, late.nowMs(), patch, keepTime)
      return this.#shown(listing, row)
    })
  }

  insert(path: string, count: number, patch: Patch = {}): string[] {
    const { listing } = this.#look(path)
    if (!hasTable(listing)) throw new Error(`Rows of ${path} follow from others; insert those`)
    return Array.from({ length: count }, () =>
      this.#shown(listing, listing.table.append(this.#account.late.nowMs(), { ...listing.insertWith, ...patch }))
    )
  }

  remove(path: string, ids: ReadonlyArray<Id>): void {
    const { key, listing } = this.#look(path)
    if (!hasTable(listing)) {
      this.#account.overlay.remove(key, listing as TextListing, ids.map(Number))
      return
    }
    for (const id of ids) listing.table.remove(this.#row(listing, path, id), this.#account.late.nowMs())
  }

  /** The table behind a list, and the rows of these ids in it, deleted and hidden ones included. */
  #known(path: string, ids: ReadonlyArray<Id>): { readonly table: DataTable; readonly rows: ReadonlyArray<number> } {
    const { listing } = this.#look(path)
    if (!hasTable(listing)) throw new Error(`Rows of ${path} follow from others; change those`)
    const { table } = listing
    return {
      table,
      rows: ids.map((id) => {
        const row = table.findAny(id)
        if (row < 0) throw new Error(`${path} had no row ${id}`)
        return row
      })
    }
  }

  purge(path: string, ids: ReadonlyArray<Id>): void {
    const { rows, table } = this.#known(path, ids)
    for (const row of rows) table.purge(row)
  }

  restore(path: string, ids: ReadonlyArray<Id>, { keepTime = false } = {}): void {
    const { rows, table } = this.#known(path, ids)
    for (const row of rows) table.restore(row, keepTime ? undefined : this.#account.late.nowMs())
  }

  merge(path: string, ids: ReadonlyArray<Id>, into: Id): void {
    if (ids.some((id) => String(id) === String(into))) throw new Error(`${path}: ${into} cannot be merged into itself`)
    this.edit(path, [into])
    this.purge(path, ids)
  }

  convert(path: string, ids: ReadonlyArray<Id>): string[] {
    const other = new Map([
      ["v1/leads", "v2/deals"],
      ["v2/deals", "v1/leads"]
    ]).get(path)
    if (other === undefined) throw new Error(`Rows of ${path} cannot be converted; those of v1/leads and v2/deals can`)
    this.remove(path, ids)
    return this.insert(other, ids.length)
  }

  archive(path: string, ids: ReadonlyArray<Id>, { out = false } = {}): void {
    this.edit(path, ids, { is_archived: !out })
  }

  hide(path: string, ids: ReadonlyArray<Id>, { from }: { readonly from?: string } = {}): void {
    const { rows, table } = this.#known(path, ids)
    for (const row of rows) table.hide(row, from)
  }

  show(path: string, ids: ReadonlyArray<Id>, { touch = false } = {}): void {
    const { rows, table } = this.#known(path, ids)
    for (const row of rows) table.show(row, touch ? this.#account.late.nowMs() : undefined)
  }
}
