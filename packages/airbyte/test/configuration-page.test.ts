import { readFileSync } from "node:fs"
import { configFields } from "@pipedrive-source/core"
import { decodeConfig } from "@pipedrive-source/core/reader"
import { Ajv } from "ajv"
import addFormats from "ajv-formats"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { spec } from "../src/spec.ts"

const page = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8")
const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)
const validate = ajv.compile(spec["connectionSpecification"] as object)

/** The sections of the page, one for each option. */
const sections = page.split(/^## /m).slice(1)
const examples = sections.flatMap((section) => {
  const [name = ""] = section.split("\n")
  return [...section.matchAll(/```json\n(.*?)```/gs)].map(([, json = ""]) => [name, JSON.parse(json)] as const)
})

describe("the page of the config's options", () => {
  it("has an example of each option", () => {
    expect([...new Set(examples.map(([name]) => name))]).toEqual(Object.keys(configFields))
    for (const [name, example] of examples) expect(example).toHaveProperty(name)
  })

  it.each(examples)("shows a config with %s that the form and the decoder take", (_, example) => {
    validate(example)
    expect(validate.errors ?? []).toEqual([])
    expect(Result.isSuccess(decodeConfig(example))).toBe(true)
  })
})
