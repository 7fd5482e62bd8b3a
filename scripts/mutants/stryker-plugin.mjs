// Lets StrykerJS try the chosen mutants alone: it has no samples of its own.
import { relative } from "node:path"
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin"
import { keyOf } from "./choose.mjs"

class Chosen {
  static inject = ["options"]

  constructor({ chosen }) {
    this.chosen = new Set(chosen)
  }

  async init() {}

  async check(mutants) {
    return Object.fromEntries(
      mutants.map((mutant) => {
        const fileName = relative(process.cwd(), mutant.fileName)
        const isChosen = this.chosen.has(keyOf({ ...mutant, fileName }))
        return [mutant.id, isChosen ? { status: "passed" } : { status: "compileError", reason: "not chosen" }]
      })
    )
  }

  async group(mutants) {
    return [mutants.map(({ id }) => id)]
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, "chosen", Chosen)]
export const strykerValidationSchema = {
  properties: { chosen: { type: "array", items: { type: "string" }, default: [] } }
}
