import type { Chance } from "../table.ts"
import { type Company, placeOf } from "./company.ts"

/** Beyond that nothing is added: histories are many, and quick. */
const MOST_ROWS = 60

/** What other people do to the rows of a company. */
export class Adversary {
  /** Whether nobody does anything. */
  quiet = false
  /** Whether rows are edited and added alone. */
  readonly #mild: boolean
  readonly #company: Company
  readonly #parents: Company | undefined
  readonly #chance: Chance
  /** Mean time between two changes while a run is under way. */
  readonly #everyMs: number
  readonly #lateness: number
  /** A few rows that are changed again and again: races are about one row. */
  readonly #hot: ReadonlyArray<string>
  #nextMs = 0

  constructor(company: Company, parents: Company | undefined, chance: Chance, mild = false) {
    this.#mild = mild
    this.#company = company
    this.#parents = parents
    this.#chance = chance
    this.#everyMs = chance.pick([1000, 4000, 20_000])
    this.#lateness = chance.pick([0, 0.3, 0.8])
    const ids = [...company.rows.keys()]
    this.#hot = ids.length === 0 ? [] : Array.from({ length: chance.between(1, 4) }, () => chance.pick(ids))
  }

  /** Called as time passes. */
  readonly passed = (nowMs: number): void => {
    this.#company.advance(nowMs)
    this.#parents?.advance(nowMs)
    if (this.quiet) return
    if (this.#nextMs === 0) this.#nextMs = nowMs
    // Of a long pause no more than its end is busy.
    this.#nextMs = Math.max(this.#nextMs, nowMs - 10 * this.#everyMs)
    while (this.#nextMs <= nowMs) {
      this.#nextMs += -Math.log(1 - this.#chance.next()) * this.#everyMs
      this.act()
    }
  }

  #lateMs(): number {
    return this.#chance.is(this.#lateness) ? this.#chance.between(100, 30_000) : 0
  }

  act(): void {
    const chance = this.#chance
    const ids = [...this.#company.rows.keys()]
    if (this.#parents !== undefined && chance.is(0.1)) this.#touchParent(this.#parents)
    else if (ids.length === 0 || (ids.length < MOST_ROWS && chance.is(0.12))) this.#insert()
    else this.#change(this.#hot.length > 0 && chance.is(0.5) ? chance.pick(this.#hot) : chance.pick(ids))
  }

  #change(id: string): void {
    const company = this.#company
    const row = company.rows.get(id)
    if (row === undefined || row.gone) return
    const { archives, archivingTouches, restoringTouches } = company.nature
    const lateMs = this.#lateMs()
    const roll = this.#mild ? 0.3 : this.#chance.next()
    const isDeleted = placeOf(row) === "deleted"
    if (isDeleted) {
      if (roll < 0.6) company.change(id, "restore", { deletedMs: undefined }, restoringTouches, lateMs)
      else if (roll < 0.7) company.change(id, "purge", { gone: true }, false, lateMs)
    } else if (row.hidden && roll < 0.5) company.change(id, "show", { hidden: false }, false, lateMs)
    else if (roll < 0.4) company.change(id, "edit", {}, true, lateMs)
    else if (roll < 0.6) company.change(id, "delete", { deletedMs: company.nowMs }, true, lateMs)
    else if (roll < 0.78) company.change(id, "hide", { hidden: true }, false, lateMs)
    else if (roll > 0.94) company.change(id, "merge", { gone: true }, false, lateMs)
    else if (!archives) company.change(id, "delete", { deletedMs: company.nowMs }, true, lateMs)
    else
      company.change(id, row.archived ? "unarchive" : "archive", { archived: !row.archived }, archivingTouches, lateMs)
  }

  #insert(): void {
    const parent = this.#parents === undefined ? undefined : this.#chance.pick(parentsOf(this.#parents))
    this.#company.insert(this.#lateMs(), { parent })
  }

  #touchParent(parents: Company): void {
    const ids = parentsOf(parents)
    const id = this.#chance.pick(ids)
    if (ids.length < 2 || this.#mild || this.#chance.is(0.9)) {
      parents.change(id, "edit parent", {}, true, this.#lateMs())
      return
    }
    parents.change(id, "delete parent", { gone: true }, false, 0)
    // Nobody lists the children of a parent that is gone.
    for (const [child, { parent }] of this.#company.rows)
      if (parent === id) this.#company.change(child, "delete with its parent", { gone: true }, false, 0)
  }
}

const parentsOf = (parents: Company): ReadonlyArray<string> =>
  [...parents.rows.values()].filter(({ gone }) => !gone).map(({ id }) => id)
