import { expect, it } from "vitest"
import { readCommand } from "./cli.ts"

it("reads sizes, limits and faults", () => {
  expect(
    readCommand([
      "--port",
      "0",
      "--deals",
      "500",
      "--noteComments",
      "3",
      "--plan",
      "lite",
      "--burst",
      "0",
      "--faults",
      "burst429:v2/deals:3:1,html200"
    ])
  ).toEqual({
    kind: "start",
    options: { port: 0, size: { deals: 500, noteComments: 3 }, plan: "lite", burstLimit: false },
    faults: [{ kind: "burst429", path: "v2/deals", from: 3, times: 1 }, { kind: "html200" }]
  })
})

it("says what is wrong", () => {
  expect(() => readCommand(["--port", "many"])).toThrow('--port wants a number, not "many"')
  expect(() => readCommand(["--plan", "gold"])).toThrow("--plan wants one of lite, growth, premium, ultimate")
  expect(() => readCommand(["--faults", "earthquake"])).toThrow('There is no fault "earthquake"')
  expect(() => readCommand(["--what"])).toThrow("--what")
})

it("knows help and the faults", () => {
  expect(readCommand(["--help"])).toEqual({ kind: "help" })
  expect(readCommand(["--list-faults"])).toEqual({ kind: "listFaults" })
})
