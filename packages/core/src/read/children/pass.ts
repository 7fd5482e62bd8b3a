/**
 * A pass over the parents of one list that may take several runs: which of them have been read so far.
 */
import { type Page, safeWatermarkAt } from "../../page/page.ts"
import type { PassExtension } from "../../state/format.ts"
import { idList, idsIn, isListedId } from "../../state/key-list.ts"

/** Letters of a state that the parents of one list may take. */
const MOST_LETTERS = 8_000

/**
 * Parents of one list whose children have been read in the pass under way, where no watermark says so yet. When the
 * daily budget runs out, the next run skips them and reads the others.
 *
 * A parent is noted with its time: one that has changed since has another time, and is read again. So is one that a
 * state does not name, be it for lack of room or because it was written by a version without passes.
 */
export class Pass {
  /** Keys, as JSON text, by the time of the parent in epoch seconds; NaN for those without. */
  readonly #keys = new Map<number, Set<string>>()

  constructor(kept: ReadonlyArray<PassExtension> = []) {
    for (const { at = Number.NaN, ids, keys = [] } of kept) {
      const listed = ids === undefined ? [] : (idsIn(ids) ?? [])
      for (const key of [...listed.map(String), ...keys]) this.note(key, at)
    }
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0
  }

  /** The children of a parent have been emitted. */
  note(key: string, seconds: number): void {
    const keys = this.#keys.get(seconds)
    if (keys === undefined) this.#keys.set(seconds, new Set([key]))
    else keys.add(key)
  }

  has(key: string, seconds: number): boolean {
    return this.#keys.get(seconds)?.has(key) === true
  }

  /** Keeps the parents of some times; those of others need no note any more. */
  keep(isNeeded: (seconds: number) => boolean): void {
    for (const seconds of this.#keys.keys()) if (!isNeeded(seconds)) this.#keys.delete(seconds)
  }

  /** The pass has come to its end. */
  clear(): void {
    this.#keys.clear()
  }

  /** What of it a state keeps. */
  toState(): { readonly pass?: ReadonlyArray<PassExtension> } {
    let room = MOST_LETTERS
    const groups: Array<PassExtension> = []
    for (const [seconds, keys] of this.#keys) {
      const at = Number.isNaN(seconds) ? {} : { at: seconds }
      const ids = idList([...keys].filter(isListedId).map(Number), room - 60)
      const others: Array<string> = []
      room -= ids.length + 60
      for (const key of keys) {
        if (isListedId(key)) continue
        room -= JSON.stringify(key).length + 1
        if (room < 0) break
        others.push(key)
      }
      if (ids !== "" || others.length > 0)
        groups.push({ ...at, ...(ids !== "" && { ids }), ...(others.length > 0 && { keys: others }) })
      if (room <= 60) break
    }
    return groups.length === 0 ? {} : { pass: groups }
  }
}

/**
 * Notes the parents in rows of a page, or those before one of the rows. Parents at or after the safe watermark are not
 * noted, as they may still change within their own second. The function may be kept: it does not hold the page.
 */
export const notesOf = (pass: Pass, page: Page, rows: ReadonlyArray<number>): ((before?: number) => void) => {
  const safeWatermark = safeWatermarkAt(page)
  const parents = rows
    .map((row) => ({ row, key: page.key(row), seconds: page.seconds(row) }))
    .filter(({ seconds }) => !(seconds >= safeWatermark))
  return (before = Number.POSITIVE_INFINITY) => {
    for (const { row, key, seconds } of parents) if (row < before) pass.note(key, seconds)
  }
}
