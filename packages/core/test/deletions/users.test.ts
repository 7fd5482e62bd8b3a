import { startEmulator } from "pipedrive-emulator"
import { expect, it } from "vitest"
import { DELETED_AT } from "../../src/deletions/option.ts"
import type { JsonObject } from "../../src/events.ts"
import { rowsOf } from "../account.ts"
import { KINDS } from "./kinds.ts"
import { readOverHttp } from "./over-http.ts"

// SPEC 34

const HOUR_MS = 3_600_000

/** A company of twelve persons, more than are believed gone when somebody else looks. */
const company = async () => {
  const emulator = await startEmulator({
    ...{ burstLimit: 1_000_000, size: { persons: 12 }, timeZeroMs: Date.UTC(2026, 2, 1) },
    tokens: ["first", "second"]
  })
  const kind = (KINDS["persons"] as (typeof KINDS)[string])(5)
  const states = new Map<string, JsonObject>()
  return {
    emulator,
    /** One read a day later: ids of tombstones, and the error. */
    read: async (token: string, config: object = {}) => {
      emulator.clock.advance(25 * HOUR_MS)
      const gone: Array<unknown> = []
      let error: string | undefined
      await readOverHttp({
        ...{ emulator, kind, states, token, config },
        emit: (event) => {
          if (event._tag === "Checkpoint") states.set(event.stream, event.state)
          if (event._tag === "Ended") error = event.error?.message
          for (const row of rowsOf(event)) if (DELETED_AT in row) gone.push(row["id"])
        }
      })
      return { gone, error }
    }
  }
}

it("rows that another user may not see are not deleted, where they are many", async () => {
  const { emulator, read } = await company()
  const ids = emulator.ids("v2/persons")
  for (let days = 2; days > 0; days--) expect(await read("first")).toEqual({ gone: [], error: undefined })
  emulator.hide("v2/persons", ids.slice(0, 11), { from: "second" })
  const { error, gone } = await read("second")
  expect(gone).toEqual([])
  expect(error).toMatch(/11 of 12 .*another user.*allow_mass_deletions/s)
  expect(await read("first")).toEqual({ gone: [], error: undefined })
  await emulator.close()
})

it("rows hidden from the same user are gone for it, and come back", async () => {
  const { emulator, read } = await company()
  const hidden = emulator.ids("v2/persons").slice(0, 3)
  for (let days = 2; days > 0; days--) await read("first")
  emulator.hide("v2/persons", hidden)
  expect(await read("first")).toEqual({ gone: hidden, error: undefined })
  emulator.show("v2/persons", hidden)
  expect(await read("first")).toEqual({ gone: [], error: undefined })
  await emulator.close()
})

it("all rows that are gone are not deleted before mass deletions are allowed", async () => {
  const { emulator, read } = await company()
  const ids = emulator.ids("v2/persons")
  for (let days = 2; days > 0; days--) await read("first")
  emulator.purge("v2/persons", ids)
  const { error, gone } = await read("first")
  expect(gone).toEqual([])
  expect(error).toMatch(/12 of 12 .*allow_mass_deletions/s)
  expect(await read("first", { allow_mass_deletions: true })).toEqual({ gone: ids, error: undefined })
  await emulator.close()
})
