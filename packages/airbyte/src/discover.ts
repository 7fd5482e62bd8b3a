import { withDeletedAt } from "@pipedrive-source/core"
import { ConfigError } from "@pipedrive-source/core/connection"
import { discoverCustomFields } from "@pipedrive-source/core/reader"
import * as Effect from "effect/Effect"
import { catalogOf } from "./catalog.ts"
import type { SourceCommand } from "./cli.ts"
import type { Edge } from "./edge.ts"
import { openConfig, openSource, overNetwork, userAgent } from "./open.ts"
import { catalogLine } from "./protocol.ts"
import type { Setup } from "./setup.ts"

/** Lists the streams and their columns, a column for each custom field if the config wants them named. */
export const discover = Effect.fnUntraced(function* (edge: Edge, command: SourceCommand, setup: Setup) {
  const config = yield* openConfig(edge, command)
  const source = yield* openSource(setup, command.plugins)
  for (const message of source.warnings) yield* edge.emit({ _tag: "Log", level: "WARN", message })
  if (source.streams.length === 0)
    return yield* new ConfigError({ message: "The installed plugins have no stream that can be read on its own." })
  const { streams } =
    config.customFields === "raw"
      ? source
      : yield* overNetwork(config, (send) =>
          discoverCustomFields({
            source,
            config,
            send,
            emit: edge.emit,
            userAgent: userAgent(setup),
            debug: command.debug
          })
        )
  const shown = streams.map((stream) => withDeletedAt(stream, config.on))
  yield* edge.say([catalogLine(catalogOf(shown, setup.order))])
})
