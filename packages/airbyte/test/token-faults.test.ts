import { describe, expect, it } from "vitest"
import { type Fate, type Fates, faults } from "./fault-table.ts"
import { elsewhere, startTrial, type Told } from "./trial.ts"

/** The first exchange, and one amid a list, after its access token was refused. */
const moments = ["at the start", "amid a list"] as const

const cells = Object.entries(faults).flatMap(([name, fault]) =>
  moments.flatMap((when) =>
    (["once", "lasting"] as const).flatMap((how) =>
      fault.token === undefined ? [] : [[name, when, how, fault.token[how], fault] as const]
    )
  )
)

/** Tries of an exchange: no second one where none would help, and no more than the limits allow. */
const triesOf = (fate: Fate, token: Fates | undefined): number => {
  if (fate === "TransientError") return 3
  return fate === "recovers" && token?.lasting === "TransientError" ? 2 : 1
}

const foreignUrl = elsewhere()

describe("what can go wrong with the exchange of a token", () => {
  it.concurrent.each(cells)("%s: %s, %s: %s", async (_, when, how, fate, { cause, token }) => {
    const { emulator, arm, close, exchanges, read } = await startTrial("OAuth", foreignUrl())
    const isLate = when === "amid a list"
    if (isLate) emulator.fault({ kind: "unauthorized", path: "v2/persons", from: 2, times: 1 })
    const disarm = arm(cause, { path: "oauth/token", from: isLate ? 2 : 1, ...(how === "once" && { times: 1 }) })
    const whole = emulator.rows("v2/persons").length

    const told = await read(["persons", "stages"])
    const { ended, rows, state } = told.get("persons") as Told
    expect(exchanges()).toBe((isLate ? 1 : 0) + triesOf(fate, token))
    if (fate === "recovers") {
      expect(ended?.error?.message).toBeUndefined()
      expect(rows.size).toBe(whole)
      expect(told.get("stages")?.rows.size).toBe(8)
    } else {
      expect(ended?.error?._tag).toBe(fate)
      const message = ended?.error?.message ?? ""
      expect(message).toMatch(
        /OAuth server .*answer(ed)? (\d{3}|\(.{5,}\)|with(out)? an? )|did not accept the (refresh token|OAuth app)/
      )
      expect(message.includes("Authorize the connection again")).toBe(
        fate === "ConfigError" && cause.kind !== "html403"
      )
      expect(rows.size > 0).toBe(isLate)
      expect(state !== undefined).toBe(isLate)
    }

    disarm()
    const next = await read(["persons", "stages"])
    const { ended: end, rows: rest } = next.get("persons") as Told
    expect(end?.error?.message).toBeUndefined()
    expect(new Set([...rows, ...rest]).size).toBe(whole)
    expect(next.get("stages")?.ended?.error).toBeUndefined()
    await close()
  })
})
