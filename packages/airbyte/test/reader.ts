import type { Plugin } from "@pipedrive-source/core"
import { decodeConfig, type JsonObject, makeSource, readSource } from "@pipedrive-source/core/reader"
import { Effect, Result } from "effect"
import type { Emulator } from "pipedrive-emulator"
import { expect } from "vitest"
import { makeNetwork } from "../src/fetch.ts"

type Row = Readonly<Record<string, unknown>>

/** Reads streams one run after another, each from the states of the one before; `onState` sees each state and the rows before it. */
export const reader = (
  emulator: Emulator,
  plugins: ReadonlyArray<Plugin>,
  states: Map<string, JsonObject> = new Map(),
  onState: (state: JsonObject, rows: ReadonlyArray<Row>) => void = () => {}
) => {
  const { config } = Result.getOrThrow(
    decodeConfig({ credentials: { auth_type: "api_token", api_token: emulator.apiToken }, base_url: emulator.url })
  )
  return async (...streams: ReadonlyArray<string>): Promise<ReadonlyArray<Row>> => {
    const rows: Array<Row> = []
    const network = makeNetwork(3)
    await Effect.runPromise(
      readSource({
        source: Result.getOrThrow(makeSource(plugins)),
        config,
        selection: streams.map((stream) => ({ stream, mode: "incremental" as const })),
        states,
        send: network.send,
        emit: (event) =>
          Effect.sync(() => {
            if (event._tag === "Checkpoint") {
              states.set(event.stream, event.state)
              onState(event.state, [...rows])
            }
            if (event._tag === "Ended") expect(event.error).toBeUndefined()
            if (event._tag !== "Records") return
            const { added, bytes, spans } = event.rows
            for (let row = 0; row * 2 < spans.length; row++) {
              const own = Buffer.from(bytes.subarray(spans[2 * row], spans[2 * row + 1])).toString()
              rows.push(JSON.parse(added?.[row] ? `${own.slice(0, -1)},${added[row]}}` : own))
            }
          })
      })
    )
    network.close()
    return rows
  }
}
