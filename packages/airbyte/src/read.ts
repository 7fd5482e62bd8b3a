import { readSource } from "@pipedrive-source/core/reader"
import * as Effect from "effect/Effect"
import type { SourceCommand } from "./cli.ts"
import type { Edge } from "./edge.ts"
import { readJson } from "./files.ts"
import { keepYoungHeapSmall } from "./heap.ts"
import { openConfig, openSource, overNetwork, userAgent } from "./open.ts"
import { selectionOf } from "./selection.ts"
import type { Setup } from "./setup.ts"
import { repeatedStates, statesOf } from "./state.ts"

/** Reads the streams that the catalog selects, from where the states say. */
export const read = Effect.fnUntraced(function* (edge: Edge, command: SourceCommand & { _tag: "Read" }, setup: Setup) {
  const config = yield* openConfig(edge, command)
  const source = yield* openSource(setup, command.plugins)
  const catalog = yield* Effect.fromResult(readJson(command.catalog, "catalog"))
  const { streams, unknown } = yield* Effect.fromResult(selectionOf(catalog, source))
  const state = command.state === undefined ? undefined : yield* Effect.fromResult(readJson(command.state, "state"))
  const states = yield* Effect.fromResult(statesOf(state))
  for (const { stream, error } of unknown) edge.hold(error, stream)
  for (const stream of repeatedStates(state)) {
    const message = `The state file contains several states for the stream ${stream}: the last one is used.`
    yield* edge.emit({ _tag: "Log", level: "WARN", message })
  }
  if (states.size > 0 && !source.streams.some(({ name }) => states.has(name))) {
    const names = [...states.keys()].slice(0, 3).join(", ")
    const message = `The state is for streams that this source does not have (${names}): all streams are read from the beginning.`
    yield* edge.emit({ _tag: "Log", level: "WARN", message })
  }
  if (streams.length === 0) return
  keepYoungHeapSmall()
  yield* overNetwork(config, (send) =>
    readSource({
      source,
      config,
      selection: streams,
      states,
      send,
      emit: edge.emit,
      userAgent: userAgent(setup),
      debug: command.debug
    })
  )
})
