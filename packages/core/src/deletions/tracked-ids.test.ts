import { describe, expect, it } from "vitest"
import * as c from "../declare/columns.ts"
import { defineStream, singlePage } from "../index.ts"
import type { Rows } from "../page/rows.ts"
import type { DeletionsExtension } from "../state/format.ts"
import type { Id } from "./id-set.ts"
import { TrackedIds } from "./tracked-ids.ts"

const stream = defineStream({
  name: "rows",
  path: "v1/rows",
  docs: "https://developers.pipedrive.com/docs/api/v1",
  tokens: 1,
  scope: "base",
  columns: { id: c.integer },
  primaryKey: ["id"],
  paging: singlePage()
})

const rows = (): Rows => ({ bytes: new Uint8Array(0), spans: [] })
const tracked = (kept?: DeletionsExtension) => {
  const ids = new TrackedIds(stream, kept)
  const batch = (live: ReadonlyArray<Id>, dead: ReadonlyArray<Id> = []) => ids.note(rows(), { live, dead })
  const sets = () => [[...ids.known].map(Number), [...ids.doubt].map(Number)]
  return { ids, batch, sets }
}

describe("ids that may be in the warehouse", () => {
  it("are in doubt before their rows, and known behind them", () => {
    const { batch, ids, sets } = tracked()
    const first = batch([1, 2])
    expect(ids.announce([first])).toBe(true)
    expect(sets()).toEqual([[], [1, 2]])
    expect(ids.announce([first])).toBe(false)
    ids.emitted(first)
    expect(sets()).toEqual([[1, 2], []])
    expect(ids.announce([batch([1])])).toBe(false)
    expect(ids.announce([batch([2]), batch([3])])).toBe(true)
    expect(sets()).toEqual([[1, 2], [3]])
  })

  it("are in doubt before their tombstones, and nowhere behind them", () => {
    const { batch, ids, sets } = tracked()
    ids.emitted(batch([1, 2, 3]))
    ids.lose([3])
    expect(sets()).toEqual([[1, 2], [3]])
    const dead = batch([], [2, 3])
    expect(ids.announce([dead])).toBe(true)
    expect(sets()).toEqual([[1], [2, 3]])
    ids.emitted(dead)
    expect(sets()).toEqual([[1], []])
    const unknown = batch([], [7])
    expect(ids.announce([unknown])).toBe(true)
    ids.emitted(unknown)
    expect(sets()).toEqual([[1], []])
  })

  it("are none of rows of which nothing was noted", () => {
    const { ids, sets } = tracked()
    expect(ids.announce([rows()])).toBe(false)
    ids.emitted(rows())
    expect(sets()).toEqual([[], []])
    expect(ids.toState()).toEqual({ deletions: {} })
  })

  it("come back from a state, with all else it keeps", () => {
    const { batch, ids } = tracked({ swept: 5, start: 6, user: 7 })
    ids.emitted(batch([1, 2]))
    ids.lose([2])
    ids.isBusy = false
    const { deletions } = ids.toState()
    expect(deletions).toMatchObject({ swept: 5, start: 6, user: 7 })
    const again = tracked(deletions)
    expect(again.sets()).toEqual([[1], [2]])
    expect([again.ids.isOff, again.ids.isNewlyOff]).toEqual([false, false])
    again.ids.isBusy = false
    expect(again.ids.toState()).toEqual({ deletions })
    again.ids.clear()
    expect(again.ids.toState().deletions).toEqual({ swept: 5, start: 6, user: 7 })
  })

  it("are forgotten for good where both sets together do not fit a state", () => {
    /** Ids of a state, as the text it has them in. */
    const textOf = (from: number, count: number) => {
      const bytes = Buffer.alloc(16 * count)
      for (let at = 0; at < count; at++) bytes.writeUInt32BE(from + at, 16 * at)
      return bytes.toString("base64")
    }
    const of = (known: number, doubt: number) => {
      const uuids = { ...stream, columns: { id: c.text } }
      return new TrackedIds(uuids, { known: textOf(0, known), doubt: textOf(1_000_000, doubt), swept: 5 })
    }
    const fits = of(24_576, 24_576)
    expect(fits.toState().deletions).toMatchObject({ swept: 5 })
    expect([fits.isOff, fits.isNewlyOff, fits.known.size, fits.doubt.size]).toEqual([false, false, 24_576, 24_576])
    const ids = of(24_576, 24_579)
    expect([ids.isOff, ids.isNewlyOff]).toEqual([false, false])
    expect(ids.toState()).toEqual({ deletions: { off: "size" } })
    expect([ids.isOff, ids.isNewlyOff, ids.known.size, ids.doubt.size]).toEqual([true, true, 0, 0])
    const id = '"00000001-0000-0000-0000-000000000000"'
    expect(ids.announce([ids.note(rows(), { live: [id] })])).toBe(false)
    expect(ids.toState()).toEqual({ deletions: { off: "size" } })
    const later = tracked({ off: "size" })
    expect([later.ids.isOff, later.ids.isNewlyOff]).toEqual([true, false])
    expect(later.ids.toState()).toEqual({ deletions: { off: "size" } })
  })
})
