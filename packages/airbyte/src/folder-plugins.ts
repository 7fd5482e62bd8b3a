import type { Plugin } from "@pipedrive-source/core"
import * as Effect from "effect/Effect"
import { composePlugins } from "./compose.ts"

/** The plugins that the folder depends on in which the command was started. */
export const folderPlugins = (): Promise<ReadonlyArray<Plugin>> => Effect.runPromise(composePlugins(process.cwd(), []))
