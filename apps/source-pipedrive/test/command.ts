import { spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Emulator } from "pipedrive-emulator"

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url))

/** A message as it stands on a line; only what tests look at is typed. */
export interface Message {
  readonly type: string
  readonly record?: { readonly stream: string; readonly data: Readonly<Record<string, unknown>> }
  readonly state?: {
    readonly type: string
    readonly stream: {
      readonly stream_descriptor: { readonly name: string }
      readonly stream_state: Readonly<Record<string, unknown>>
    }
    readonly sourceStats: { readonly recordCount: number }
  }
  readonly trace?: {
    readonly type: string
    readonly error?: {
      readonly message: string
      readonly failure_type: string
      readonly stream_descriptor?: { readonly name: string }
    }
    readonly stream_status?: { readonly stream_descriptor: { readonly name: string }; readonly status: string }
  }
  readonly control?: { readonly connectorConfig: { readonly config: Readonly<Record<string, unknown>> } }
  readonly connectionStatus?: { readonly status: string; readonly message?: string }
  readonly catalog?: { readonly streams: ReadonlyArray<CatalogStream> }
  readonly log?: { readonly level: string; readonly message: string }
}

export interface CatalogStream {
  readonly name: string
  readonly supported_sync_modes: ReadonlyArray<string>
  readonly source_defined_primary_key?: ReadonlyArray<ReadonlyArray<string>>
  readonly default_cursor_field?: ReadonlyArray<string>
}

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

/**
 * Runs the built command as a process of its own.
 *
 * @param take takes each whole line; returning a signal kills the process with it
 */
export const run = async (
  args: ReadonlyArray<string>,
  take: (message: Message, line: string) => NodeJS.Signals | undefined
): Promise<Ended> => {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  let stderr = ""
  child.stderr.on("data", (piece) => {
    stderr += piece
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => resolve({ code, signal, stderr }))
  })
  let killed = false
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    // What a killed process leaves in the pipe may end in half a line.
    let message: Message
    try {
      message = JSON.parse(line) as Message
    } catch (error) {
      if (killed) continue
      throw error
    }
    const signal = take(message, line)
    if (signal !== undefined && !killed) {
      killed = child.kill(signal)
    }
  }
  return ended
}

/** A folder with the files one connection needs. */
export interface Connection {
  readonly config: string
  readonly save: (name: string, content: unknown) => Promise<string>
  readonly discover: () => Promise<ReadonlyArray<CatalogStream>>
  /** A configured catalog of these streams, each in the best mode it has unless told otherwise. */
  readonly catalog: (streams: ReadonlyArray<CatalogStream>, mode?: string) => Promise<string>
  readonly remove: () => Promise<void>
}

export const connect = async (
  emulator: Emulator,
  config: Readonly<Record<string, unknown>> = {}
): Promise<Connection> => {
  const folder = await mkdtemp(join(tmpdir(), "source-pipedrive-"))
  const save = async (name: string, content: unknown): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content))
    return path
  }
  const path = await save("config.json", {
    credentials: { auth_type: "api_token", api_token: emulator.apiToken },
    base_url: emulator.url,
    num_workers: 10,
    ...config
  })
  return {
    config: path,
    save,
    discover: async () => {
      let streams: ReadonlyArray<CatalogStream> = []
      await run(["discover", "--config", path], ({ catalog }) => {
        streams = catalog?.streams ?? streams
      })
      return streams
    },
    catalog: (streams, mode) =>
      save("catalog.json", {
        streams: streams.map((stream) => ({
          stream,
          sync_mode: mode ?? stream.supported_sync_modes.at(-1),
          destination_sync_mode: "append"
        }))
      }),
    remove: () => rm(folder, { recursive: true, force: true })
  }
}

/** Rows by key, the last line winning, and the last state of each stream. */
export class Replica {
  readonly rows = new Map<string, Map<string, Readonly<Record<string, unknown>>>>()
  readonly states = new Map<string, NonNullable<Message["state"]>>()
  readonly sent = new Map<string, number>()
  readonly #keys: ReadonlyMap<string, ReadonlyArray<string>>

  constructor(streams: ReadonlyArray<CatalogStream>) {
    this.#keys = new Map(
      streams.map(({ name, source_defined_primary_key: key = [] }) => [name, key.map((path) => path[0] as string)])
    )
  }

  take({ record, state }: Message): void {
    if (record !== undefined) {
      const { stream, data } = record
      const key = JSON.stringify(this.#keys.get(stream)?.map((column) => data[column]))
      const table = this.rows.get(stream) ?? new Map()
      this.rows.set(stream, table.set(key, data))
      this.sent.set(stream, (this.sent.get(stream) ?? 0) + 1)
    }
    if (state !== undefined) this.states.set(state.stream.stream_descriptor.name, state)
  }

  /** Keys of a stream's rows, in order. */
  keys(stream: string): ReadonlyArray<string> {
    return [...(this.rows.get(stream)?.keys() ?? [])].sort()
  }

  /** The states as a file holds them. */
  stateFile(): ReadonlyArray<NonNullable<Message["state"]>> {
    return [...this.states.values()]
  }
}
