import { expect, it } from "vitest"
import { Integers } from "./integers.ts"

it("integers are those that were added, however many", () => {
  const integers = new Integers()
  const expected: Array<number> = []
  expect(integers.toArray()).toEqual(new Int32Array(0))
  for (let i = 0; i < 3000; i++) {
    expect(integers.fill(3, i)).toBe(expected.length)
    integers.pair(-1, 2 * i)
    expected.push(i, i, i, -1, 2 * i)
  }
  expect(integers.fill(0, 7)).toBe(expected.length)
  expect(integers.fill(40_000, 7)).toBe(expected.length)
  expected.push(...Array(40_000).fill(7))
  expect(integers.length).toBe(expected.length)
  expect(integers.toArray()).toEqual(Int32Array.from(expected))
})
