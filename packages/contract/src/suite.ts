import type { Plugin } from "@pipedrive-source/core"
import { describe, vi } from "vitest"
import { WORLDS } from "./company.ts"
import { compose } from "./run.ts"
import { changeTests } from "./suite/changes.ts"
import { customFieldTests } from "./suite/custom-fields.ts"
import { declarationTests } from "./suite/declaration.ts"
import { faultTests } from "./suite/faults.ts"
import { historyTests } from "./suite/histories.ts"
import { pagingTests } from "./suite/paging.ts"
import { resumeTests } from "./suite/resume.ts"
import { rowTests } from "./suite/rows.ts"
import { togetherTests } from "./suite/together.ts"

export interface ContractOptions {
  /** Plugins that hold parents of this one's streams. */
  readonly with?: ReadonlyArray<Plugin>
}

/** Declares the tests that every plugin passes: for each of its streams, and for all of them together. */
export const contractTests = (plugin: Plugin, { with: others = [] }: ContractOptions = {}): void => {
  const source = compose([plugin, ...others])

  // Some tests read a stream dozens of times.
  vi.setConfig({ testTimeout: 600_000 })

  describe.each(plugin.streams.map((stream) => [stream.name, stream] as const))("%s", (_name, stream) => {
    declarationTests(source, stream)
    describe.each(WORLDS)("$name", (world) => {
      rowTests(source, stream, world)
      resumeTests(source, stream, world)
      changeTests(source, stream, world)
    })
    historyTests(source, stream)
    faultTests(source, stream)
    pagingTests(source, stream)
    if (stream.customFields !== undefined) customFieldTests(source, stream)
  })

  describe.each(WORLDS)("all streams together, $name", (world) => togetherTests(source, plugin, world))
}
