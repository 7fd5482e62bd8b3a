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

it.each(["v2/deals/5/followers", "v1/leadLabels", "oauth/token"])("lets %s fail", (path) => {
  expect(readCommand(["--faults", `html200:${path}`])).toMatchObject({ faults: [{ kind: "html200", path }] })
})

it("says what is wrong", () => {
  expect(() => readCommand(["--port", "many"])).toThrow('--port wants a number, not "many"')
  expect(() => readCommand(["--users", "1.5"])).toThrow('--users wants a whole number, not "1.5"')
  expect(() => readCommand(["--plan", "gold"])).toThrow("--plan wants one of lite, growth, premium, ultimate")
  expect(() => readCommand(["--faults", "earthquake"])).toThrow('There is no fault "earthquake"')
  for (const path of ["v9/nope", "/api/v2/deals", "v2/deals/{id}", "v2/deals/5/nope"])
    expect(() => readCommand(["--faults", `burst429:${path}`])).toThrow(`--faults: there is no endpoint "${path}"`)
  expect(() => readCommand(["--what"])).toThrow("--what")
})

it("knows help and the faults", () => {
  expect(readCommand(["--help"])).toEqual({ kind: "help" })
  expect(readCommand(["--list-faults"])).toEqual({ kind: "listFaults" })
})
