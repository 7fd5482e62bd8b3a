import type { Account } from "../account.ts"
import { timeText } from "../clock.ts"
import { NONE } from "../column.ts"
import type { Table } from "../interface.ts"
import type { Links } from "../links.ts"
import { made, number, type Slot } from "../row.ts"
import { once } from "./family.ts"

type Where = (row: number) => boolean

/** What a record's row says of the rows that point at it, by their column that holds its id (its row number + 1). */
export class Counts {
  readonly #account: Account
  readonly #column: string

  constructor(account: Account, column: string) {
    this.#account = account
    this.#column = column
  }

  #links(child: Table, name: string, where: Where | undefined): () => Links {
    return once(() => this.#account.links(child, this.#column, name, where))
  }

  /** Number of children; `name` tells tests apart. */
  of(child: Table, name = "", where?: Where): Slot {
    const links = this.#links(child, name, where)
    return number((row) => links().count(row + 1))
  }

  /** Number of deals in these states. */
  deals(name: string, ...states: ReadonlyArray<number>): Slot {
    const status = this.#value("deals", "status")
    return this.of("deals", name, (row) => states.includes(status(row)))
  }

  #value(table: Table, name: string): (row: number) => number {
    const column = once(() => {
      const found = this.#account.table(table).columns.get(name)
      if (found === undefined) throw new Error(`${table} has no column ${name}`)
      return found
    })
    return (row) => column().get(row)
  }

  #activities(isDone: boolean): { readonly name: string; readonly where: Where } {
    const done = this.#value("activities", "done")
    return { name: isDone ? "done" : "undone", where: (row) => (done(row) === 1) === isDone }
  }

  activities(isDone: boolean): Slot {
    const { name, where } = this.#activities(isDone)
    return this.of("activities", name, where)
  }

  /** Id of the first activity to do, or of the last one done. */
  activity(isDone: boolean): Slot {
    const { name, where } = this.#activities(isDone)
    const links = this.#links("activities", name, where)
    return number((row) => {
      const rows = links().of(row + 1)
      const at = isDone ? rows.at(-1) : rows[0]
      return at === undefined ? NONE : at + 1
    })
  }

  /** Time of the last mail received or sent. */
  lastMail(isSent: boolean): Slot {
    const links = this.#links("mailMessages", "", undefined)
    const sent = this.#value("mailMessages", "sent_flag")
    const when = this.#value("mailMessages", "message_time")
    return made((row) => {
      let last = 0
      for (const at of links().of(row + 1)) if ((sent(at) === 1) === isSent) last = Math.max(last, when(at))
      return last === 0 ? "null" : `"${timeText(last, "v2")}"`
    })
  }
}
