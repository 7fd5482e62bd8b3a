import { everyRow, type Page } from "../../page/page.ts"
import { Ascending } from "./ascending.ts"

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

/** By update time, for lists that ascend by it: only the keys of the latest second are kept. */
export const laterRows = (): NewRows => {
  const ascending = new Ascending()
  return (page) => ascending.goesBeyond(page)
}
