import type { Viewer } from "./fates.ts"
import type { Clock, EmulatorOptions, FieldedEntity, Switches, Table } from "./interface.ts"
import { LateWrites } from "./late.ts"
import { Links } from "./links.ts"
import { Overlay } from "./overlay.ts"
import { below, unit } from "./random.ts"
import { type CustomField, customFields } from "./seed/custom-fields.ts"
import type { DataTable } from "./table.ts"

const DEFAULT_SWITCHES: Switches = {
  nulls: "first",
  overLimit: "clamp",
  v1Paging: "nested",
  emptyV1: "null",
  cursorExpiryMs: Number.POSITIVE_INFINITY,
  childTouchesParent: false,
  archivingTouches: true,
  deletedPipelinesListed: false,
  goalsWithoutMetric: false,
  rotateRefreshToken: false,
  oldRefreshTokenValid: false,
  failuresCost: true,
  deletedParent: "404",
  installmentsPaged: false,
  permissionSetShape: "array",
  undeclaredPaging: false,
  deletedSingle: "404",
  hiddenSingle: "403"
}

const READ_SCOPES: ReadonlyArray<string> = [
  "base",
  "deals:read",
  "contacts:read",
  "activities:read",
  "products:read",
  "leads:read",
  "projects:read",
  "users:read",
  "goals:read",
  "mail:read",
  "recents:read",
  "search:read",
  "admin",
  "phone-integration"
]

const DAY_MS = 86_400_000

/** Told what became of a custom field. */
export type CustomListener = (entity: FieldedEntity, field: CustomField, what: "made" | "changed" | "removed") => void

/** One company: its tables, clock and settings. Families add their tables and find each other's here. */
export class Account {
  readonly options: EmulatorOptions
  readonly clock: Clock
  readonly switches: Switches
  readonly scopes: ReadonlyArray<string>
  readonly seed: number
  readonly companyId = 7_001_001
  readonly companyDomain = "emulated"
  /** Start of the clock; all data lies before it. */
  readonly zeroMs: number
  /** Changes to rows that stand in no table. */
  readonly overlay = new Overlay()
  readonly late: LateWrites
  /** Whoever makes the request in hand. */
  readonly viewer: Viewer
  readonly #tables = new Map<string, DataTable>()
  readonly #links = new Map<string, Links>()
  readonly #custom = new Map<string, CustomField[]>()
  /** Called after a custom field was made, changed or taken away. */
  readonly customChanged = new Set<CustomListener>()

  constructor(options: EmulatorOptions, clock: Clock) {
    this.options = options
    this.clock = clock
    this.switches = { ...DEFAULT_SWITCHES, ...options.switches }
    this.late = new LateWrites(clock)
    this.viewer = { token: undefined, hiddenStatus: this.switches.hiddenSingle === "403" ? 403 : 404 }
    this.scopes = options.scopes ?? READ_SCOPES
    this.seed = options.seed ?? 1
    this.zeroMs = options.timeZeroMs ?? clock.now()
  }

  size(name: Table, otherwise: number): number {
    const size = this.options.size?.[name] ?? otherwise
    if (!(Number.isSafeInteger(size) && size >= 0))
      throw new Error(`size.${name} has to be a whole number, not ${size}`)
    return size
  }

  add(table: DataTable): DataTable {
    table.fates.viewer = this.viewer
    this.#tables.set(table.name, table)
    return table
  }

  table(name: Table): DataTable {
    const table = this.#tables.get(name)
    if (table === undefined) throw new Error(`no table ${name}`)
    return table
  }

  /** Children of a table by the parent id in a column; `name` tells filtered links apart. */
  links(child: Table, column: string, name = "", where?: (row: number) => boolean): Links {
    const key = `${child} ${column} ${name}`
    let links = this.#links.get(key)
    if (links === undefined) {
      links = new Links(this.table(child), column, where)
      this.#links.set(key, links)
    }
    return links
  }

  /** Row of the user whose token makes the request in hand: the first token is the first user's, and so on. */
  get userRow(): number {
    const { token } = this.viewer
    const at = token === undefined ? 0 : (this.options.tokens ?? []).indexOf(token)
    return at > 0 && at < this.table("users").count ? at : 0
  }

  /** Whether rows hold values that do not fit their fields. */
  get hasOddValues(): boolean {
    return this.options.customFields?.oddValues ?? false
  }

  /** Custom fields of an entity as they are now; leads share those of deals. */
  custom(entity: FieldedEntity): CustomField[] {
    let fields = this.#custom.get(entity)
    if (fields === undefined) {
      fields = customFields(this.seed, entity, entity === "deal" ? 6 : 2, this.options.customFields ?? {})
      this.#custom.set(entity, fields)
    }
    return fields
  }

  hasAddOn(name: string): boolean {
    return this.options.addOns?.includes(name) ?? true
  }

  /** Whether a row is one of those that share one second. */
  isTied(table: Table, row: number): boolean {
    const tie = this.options.tie
    if (tie?.table !== table) return false
    const first = Math.floor(Math.max(0, this.size(table, 100) - tie.rows) / 2)
    return row >= first && row < first + tie.rows
  }

  /** A time before the clock's start for a row, spread as the options say. */
  pastMs(table: Table, row: number, salt: number): number {
    if (this.isTied(table, row)) return this.zeroMs - 400 * DAY_MS
    const u = unit(this.seed + salt, row)
    const last = this.zeroMs - 3_600_000
    switch (this.options.shape ?? "even") {
      case "even":
        return last - u * 1095 * DAY_MS
      case "recent":
        return last - u * 7 * DAY_MS
      case "dead":
        return last - (1500 + u * 2000) * DAY_MS
      case "lone":
        return row === 0 ? last - 3650 * DAY_MS : last - u * 7 * DAY_MS
      case "denseDay":
        return row % 10 === 0 ? last - u * 3650 * DAY_MS : last - (1200 + u) * DAY_MS
      case "clumps":
        return last - (below(40, this.seed + salt, row ^ 0x5555) * 91 + u * 0.02) * DAY_MS
      case "oneSecond":
        return row % 2 === 0 ? last - 700 * DAY_MS : last - u * 1095 * DAY_MS
    }
  }

  /** Runs after a child row changed: its parent's time follows where the switch says so. */
  touchParent(child: DataTable, column: string, parent: Table): void {
    child.watchers.push((row) => {
      if (!this.switches.childTouchesParent) return
      const table = this.table(parent)
      const at = table.find(child.get(column, row))
      if (at >= 0) table.stamp(at, this.late.nowMs())
    })
  }
}
