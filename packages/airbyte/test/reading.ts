import type { Plugin } from "@pipedrive-source/core"
import { type Config, decodeConfig, type JsonObject, makeSource, readSource } from "@pipedrive-source/core/reader"
import { Effect, Result } from "effect"
import type { Emulator } from "pipedrive-emulator"
import { makeNetwork } from "../src/fetch.ts"

/** What a read has told. */
export interface Reading {
  /** Rows by stream. */
  readonly rows: ReadonlyMap<string, ReadonlyArray<JsonObject>>
  /** Every state in order, and the last of each stream. */
  readonly checkpoints: ReadonlyArray<JsonObject>
  readonly states: ReadonlyMap<string, JsonObject>
  readonly warnings: ReadonlyArray<string>
  /** Messages of the streams that failed, by stream. */
  readonly errors: ReadonlyMap<string, string>
}

interface Reads {
  readonly emulator: Emulator
  readonly plugins: ReadonlyArray<Plugin>
  /** `deals`, or `deals full_refresh`. */
  readonly streams: ReadonlyArray<string>
  readonly states?: ReadonlyMap<string, unknown>
  readonly config?: JsonObject
}

export const configFor = (emulator: Emulator, more: JsonObject = {}): Config =>
  Result.getOrThrow(
    decodeConfig({
      credentials: { auth_type: "api_token", api_token: emulator.apiToken },
      base_url: emulator.url,
      ...more
    })
  ).config

/** Reads streams once, over real HTTP, and keeps all that the read tells. */
export const readOnce = async ({ config, emulator, plugins, states, streams }: Reads): Promise<Reading> => {
  const rows = new Map<string, Array<JsonObject>>()
  const checkpoints: Array<JsonObject> = []
  const last = new Map<string, JsonObject>()
  const warnings: Array<string> = []
  const errors = new Map<string, string>()
  const network = makeNetwork(3)
  await Effect.runPromise(
    readSource({
      source: Result.getOrThrow(makeSource(plugins)),
      config: configFor(emulator, config),
      selection: streams.map((text) => {
        const [stream = "", mode] = text.split(" ")
        return { stream, mode: mode === "full_refresh" ? "full_refresh" : "incremental" }
      }),
      states: states ?? new Map(),
      send: network.send,
      emit: (event) =>
        Effect.sync(() => {
          if (event._tag === "Log" && event.level === "WARN") warnings.push(event.message)
          if (event._tag === "Ended" && event.error !== undefined) errors.set(event.stream, event.error.message)
          if (event._tag === "Checkpoint") {
            checkpoints.push(event.state)
            last.set(event.stream, event.state)
          }
          if (event._tag !== "Records") return
          const { added, bytes, spans } = event.rows
          const mine = rows.get(event.stream) ?? []
          rows.set(event.stream, mine)
          for (let row = 0; row * 2 < spans.length; row++) {
            const own = Buffer.from(bytes.subarray(spans[2 * row], spans[2 * row + 1])).toString()
            mine.push(JSON.parse(added?.[row] ? `${own.slice(0, -1)},${added[row]}}` : own))
          }
        })
    })
  )
  network.close()
  return { rows, checkpoints, states: last, warnings, errors }
}
