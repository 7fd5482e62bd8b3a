import type { Plugin } from "@pipedrive-source/core"
import { composeSource } from "@pipedrive-source/core/connection"
import * as Effect from "effect/Effect"
import { loadFolder } from "./compose.ts"

/** The plugins that the folder in which the command was started depends on; they compose, or the promise is rejected. */
export const folderPlugins = (): Promise<ReadonlyArray<Plugin>> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const installed = yield* loadFolder(process.cwd(), [])
      yield* Effect.fromResult(composeSource(installed))
      return installed.map(({ plugin }) => plugin as Plugin)
    })
  )
