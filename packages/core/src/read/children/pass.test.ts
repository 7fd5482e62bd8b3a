import { describe, expect, it } from "vitest"
import { decodeExtension, encodeExtension } from "../../state/format.ts"
import { Pass } from "./pass.ts"

const NONE = Number.NaN
const stateOf = (pass: Pass) => JSON.stringify(encodeExtension(pass.toState()))
const again = (pass: Pass) => new Pass(decodeExtension(JSON.parse(stateOf(pass))).pass)

describe("parents of a pass", () => {
  it("come back as they were noted: by key, at their time", () => {
    const pass = new Pass(undefined)
    pass.note("7", 1_750_000_000)
    pass.note("9", 1_750_000_000)
    pass.note('"a-b"', NONE)
    pass.note("3", NONE)
    expect(JSON.parse(stateOf(pass))).toMatchObject({
      pass: [
        { at: "2025-06-15T15:06:40Z", ids: "9,2" },
        { ids: "3", keys: ['"a-b"'] }
      ]
    })
    const read = again(pass)
    expect(read.has("7", 1_750_000_000) && read.has("9", 1_750_000_000)).toBe(true)
    expect(read.has('"a-b"', NONE) && read.has("3", NONE)).toBe(true)
    expect(read.has("7", 1_750_000_001) || read.has("7", NONE) || read.has("3", 1_750_000_000)).toBe(false)
  })

  it("are forgotten where a watermark says so, and at its end", () => {
    const pass = new Pass(undefined)
    pass.note("1", 10)
    pass.note("2", 20)
    pass.note("3", NONE)
    pass.keep((seconds) => !(seconds < 20))
    expect([pass.has("1", 10), pass.has("2", 20), pass.has("3", NONE)]).toEqual([false, true, true])
    pass.clear()
    expect(pass.isEmpty).toBe(true)
    expect(pass.toState()).toEqual({})
  })

  it("take no more than 8 KB of a state: what has no room is read again, and nothing else is passed over", () => {
    const pass = new Pass(undefined)
    const noted = (i: number) => `${i * 1_000_003}`
    for (let i = 1; i <= 5000; i++) pass.note(noted(i), NONE)
    for (let i = 1; i <= 5000; i++) pass.note(`"key-${i}"`, 60)
    for (let i = 1; i <= 500; i++) pass.note("1", 100 + i)
    expect(stateOf(pass).length).toBeLessThanOrEqual(8192)
    const read = again(pass)
    expect(read.has(noted(5000), NONE)).toBe(true)
    expect(read.has("5", NONE)).toBe(false)
  })
})
