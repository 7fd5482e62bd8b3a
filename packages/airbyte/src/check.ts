import { checkConnection } from "@pipedrive-source/core/connection"
import * as Effect from "effect/Effect"
import type { SourceCommand } from "./cli.ts"
import type { Edge } from "./edge.ts"
import { openConfig, openSource, overNetwork, userAgent } from "./open.ts"
import { connectionStatusLine } from "./protocol.ts"
import type { Setup } from "./setup.ts"

/** A check always has an answer: FAILED if anything keeps it from confirming the connection. */
export const check = Effect.fnUntraced(
  function* (edge: Edge, command: SourceCommand, setup: Setup) {
    const config = yield* openConfig(edge, command)
    // Plugins that would have to be loaded for it are left to discover and read, unless the user adds some.
    if (typeof setup.plugins !== "function" || command.plugins.length > 0) yield* openSource(setup, command.plugins)
    const { user, company } = yield* overNetwork(config, (send) =>
      checkConnection({ config, send, emit: edge.emit, userAgent: userAgent(setup), debug: command.debug })
    )
    yield* edge.say([connectionStatusLine("SUCCEEDED", `Connected as ${user} of ${company}.`)])
  },
  (effect, edge) =>
    Effect.catch(effect, (error) => edge.say([connectionStatusLine("FAILED", edge.redact(error.message))]))
)
