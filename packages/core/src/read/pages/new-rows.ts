/**
 * Whether a page brings a row that was on no earlier page of its pass: a list whose pages bring none does not advance
 * (`advance.ts`). What has to be remembered for that depends on the order of the list.
 */
import { everyRow, type Page } from "../../page/page.ts"

/** Tells, of each page of one pass in turn, whether it brings a row that was on no earlier page. */
export type NewRows = (page: Page) => boolean

const unseen = (keyOf: (page: Page, row: number) => string): NewRows => {
  const seen = new Set<string>()
  return (page) => {
    const before = seen.size
    for (const row of everyRow(page)) seen.add(keyOf(page, row))
    return seen.size > before
  }
}

/** By key. */
export const newKeys = (): NewRows => unseen((page, row) => page.key(row))

/** By key and content, for lists whose rows may have no key of their own. */
export const newContents = (): NewRows => unseen((page, row) => `${page.key(row)} ${page.hash(row)}`)

/** The number in a key, which may name a row's kind before it. */
export const idOf = (key: string): number => Number(key.split(",").at(-1))

/** By id, for lists that ascend by it. */
export const higherIds = (): NewRows => {
  let highest = Number.NEGATIVE_INFINITY
  return (page) => {
    const before = highest
    for (const row of everyRow(page)) highest = Math.max(highest, idOf(page.key(row)))
    return highest > before
  }
}

/** By key, for lists that are likely to ascend by id: keys of rows that do are not remembered. */
export const mostlyHigherIds = (): NewRows => {
  const others = new Set<string>()
  let highest = Number.NEGATIVE_INFINITY
  return (page) => {
    const [before, known] = [highest, others.size]
    for (const row of everyRow(page)) {
      const id = page.id(row)
      if (typeof id === "number" && id > highest) highest = id
      else others.add(page.key(row))
    }
    return highest > before || others.size > known
  }
}

/**
 * By update time, for lists that ascend by it: only the keys of the latest second are remembered, and those of rows
 * without a time.
 */
export const laterRows = (): NewRows => {
  let last = Number.NEGATIVE_INFINITY
  let ofLast = new Set<string>()
  const untimed = new Set<string>()
  return (page) => {
    const before = last
    let hasNew = false
    for (let row = page.count - 1; row >= 0; row--) {
      const seconds = page.seconds(row)
      if (seconds > last) {
        last = seconds
        ofLast = new Set()
      }
      if (seconds < last) {
        // Everything before it is older still.
        if (last > before) break
        continue
      }
      const keys = Number.isNaN(seconds) ? untimed : ofLast
      const known = keys.size
      keys.add(page.key(row))
      if (keys.size > known) hasNew = true
    }
    return hasNew || last > before
  }
}
