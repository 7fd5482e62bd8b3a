import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Emulator, type EmulatorOptions, type LoggedRequest, startEmulator } from "pipedrive-emulator"
import { type Message, run } from "./command.ts"

export type Json = Readonly<Record<string, unknown>>
export type Row = Json & { readonly id: number | string }

/** What a list of an API is asked for, and what its rows are ordered by. */
interface List {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly cursor: string
}

const allDeals = { status: "open,won,lost,deleted" }

/** The lists behind the streams that had a state in any version, by stream. */
export const lists = {
  deals: { path: "v2/deals", query: allDeals, cursor: "update_time" },
  deals_archived: { path: "v2/deals/archived", query: allDeals, cursor: "update_time" },
  persons: { path: "v2/persons", cursor: "update_time" },
  organizations: { path: "v2/organizations", cursor: "update_time" },
  activities: { path: "v2/activities", cursor: "update_time" },
  products: { path: "v2/products", cursor: "update_time" },
  notes: { path: "v1/notes", cursor: "update_time" },
  leads: { path: "v1/leads", cursor: "update_time" },
  files: { path: "v1/files", cursor: "update_time" },
  users: { path: "v1/users", cursor: "modified" },
  pipelines: { path: "v2/pipelines", cursor: "update_time" },
  stages: { path: "v2/stages", cursor: "update_time" },
  filters: { path: "v1/filters", cursor: "update_time" }
} as const satisfies Readonly<Record<string, List>>

export type Listed = keyof typeof lists

/** Whole seconds of a time in any form a row has; NaN for none. */
export const secondsOf = (time: unknown): number =>
  typeof time === "string"
    ? Math.floor(Date.parse(time.includes("T") ? time : `${time.replace(" ", "T")}Z`) / 1000)
    : Number.NaN

/** `YYYY-MM-DDTHH:MM:SSZ` */
export const zoned = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
/** `YYYY-MM-DD HH:MM:SS` */
export const local = (seconds: number): string => zoned(seconds).slice(0, 19).replace("T", " ")

/** What a run has said, sorted. */
export interface Outcome {
  readonly code: number | null
  readonly messages: ReadonlyArray<Message>
  /** Configs of the CONTROL messages. */
  readonly configs: ReadonlyArray<Json>
  readonly requests: ReadonlyArray<LoggedRequest>
  readonly rows: (stream: string) => ReadonlyArray<Row>
  readonly state: (stream: string) => Json | undefined
  readonly error: (stream?: string) => { readonly message: string; readonly failure_type: string } | undefined
  /** The last status of a stream. */
  readonly status: (stream: string) => string | undefined
}

interface Asked {
  readonly config?: unknown
  /** Streams, incremental unless the mode is given. */
  readonly streams: ReadonlyArray<string | readonly [name: string, mode: string]>
  /** Content of the state file. */
  readonly state?: unknown
}

/** An emulated account, and the built command to read it with. */
export class Bench {
  readonly emulator: Emulator
  readonly #folder: string

  private constructor(emulator: Emulator, folder: string) {
    this.emulator = emulator
    this.#folder = folder
  }

  /** The account's clock begins in June 2024; all its rows are of the three years before. */
  static async open(options: EmulatorOptions = {}): Promise<Bench> {
    const emulator = await startEmulator({
      burstLimit: 100_000,
      dailyTokens: 100_000_000,
      timeZeroMs: Date.UTC(2024, 5, 1),
      ...options
    })
    return new Bench(emulator, await mkdtemp(join(tmpdir(), "source-pipedrive-")))
  }

  async close(): Promise<void> {
    await this.emulator.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** A config of today's form. */
  get config(): Json {
    return {
      credentials: { auth_type: "api_token", api_token: this.emulator.apiToken },
      base_url: this.emulator.url,
      num_workers: 2
    }
  }

  async #save(name: string, content: unknown): Promise<string> {
    const path = join(this.#folder, name)
    await writeFile(path, JSON.stringify(content))
    return path
  }

  async command(
    name: "check" | "discover" | "read",
    config: unknown,
    args: ReadonlyArray<string> = []
  ): Promise<Outcome> {
    const { requests } = this.emulator
    const before = requests.length
    const messages: Array<Message> = []
    const path = await this.#save("config.json", config)
    const { code, stderr } = await run([name, "--config", path, ...args], (message) => {
      messages.push(message)
      return undefined
    })
    if (stderr !== "") throw new Error(`stderr is not empty: ${stderr}`)
    const last = <Value>(found: (message: Message) => Value | undefined): Value | undefined =>
      messages.map(found).findLast((value) => value !== undefined)
    return {
      code,
      messages,
      configs: messages.flatMap(({ control }) => (control === undefined ? [] : [control.connectorConfig.config])),
      requests: requests.slice(before),
      rows: (stream) => messages.flatMap(({ record }) => (record?.stream === stream ? [record.data as Row] : [])),
      state: (stream) =>
        last(({ state }) => (state?.stream.stream_descriptor.name === stream ? state.stream.stream_state : undefined)),
      error: (stream) =>
        last(({ trace }) => (trace?.error?.stream_descriptor?.name === stream ? trace?.error : undefined)),
      status: (stream) =>
        last(({ trace }) =>
          trace?.stream_status?.stream_descriptor.name === stream ? trace.stream_status.status : undefined
        )
    }
  }

  async read({ config = this.config, streams, state }: Asked): Promise<Outcome> {
    const catalog = await this.#save("catalog.json", {
      streams: streams.map((stream) => {
        const [name, sync_mode] = typeof stream === "string" ? [stream, "incremental"] : stream
        return { stream: { name, json_schema: {} }, sync_mode, destination_sync_mode: "append" }
      })
    })
    const args = ["--catalog", catalog]
    return this.command(
      "read",
      config,
      state === undefined ? args : [...args, "--state", await this.#save("state.json", state)]
    )
  }

  /** The rows of a list as the API would give them now. */
  rows(stream: Listed): ReadonlyArray<Row> {
    const { path, query = {} }: List = lists[stream]
    return this.emulator.rows(path, query).map((text) => JSON.parse(text) as Row)
  }

  /** The same, from a second on; rows without a time where there is none. */
  rowsFrom(stream: Listed, from: number | undefined): ReadonlyArray<Row> {
    return this.rows(stream).filter((row) => from === undefined || secondsOf(row[lists[stream].cursor]) >= from)
  }

  /** Changes of a deal's values; none where the deal is deleted. */
  flow(deal: number | string): ReadonlyArray<Row> {
    if (JSON.parse(this.emulator.rows(`v2/deals/${deal}`)[0] ?? "{}").is_deleted === true) return []
    return this.emulator
      .rows(`v1/deals/${deal}/flow`, { items: "dealChange", all_changes: "1" })
      .map((text) => (JSON.parse(text) as { readonly data: Row }).data)
  }
}

export const idsOf = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => rows.map(({ id }) => String(id)).sort()
