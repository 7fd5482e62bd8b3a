import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Emulator, type EmulatorOptions, startEmulator } from "pipedrive-emulator"
import { inject, onTestFinished } from "vitest"
import { type Ended, type RunOptions, run, succeed } from "./process.ts"

/** A message as it stands on a line; only what tests look at is typed. */
export interface Message {
  readonly type: string
  readonly record?: { readonly stream: string; readonly data: Readonly<Record<string, unknown>> }
  readonly state?: { readonly stream: { readonly stream_descriptor: { readonly name: string } } }
  readonly trace?: {
    readonly error?: { readonly message: string; readonly failure_type: string }
    readonly stream_status?: { readonly stream_descriptor: { readonly name: string }; readonly status: string }
  }
  readonly connectionStatus?: { readonly status: string }
  readonly catalog?: { readonly streams: ReadonlyArray<{ readonly name: string }> }
  readonly log?: { readonly level: string; readonly message: string }
}

/** Messages of one run. */
export class Output {
  readonly code: number | null
  readonly messages: ReadonlyArray<Message>

  constructor({ code, stdout, stderr }: Ended) {
    if (stderr !== "") throw new Error(`The command wrote to stderr: ${stderr}`)
    this.code = code
    this.messages = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
  }

  get streams(): ReadonlyArray<string> {
    return this.messages.flatMap(({ catalog }) => catalog?.streams ?? []).map(({ name }) => name)
  }

  get warnings(): ReadonlyArray<string> {
    return this.messages.flatMap(({ log }) => (log?.level === "WARN" ? [log.message] : []))
  }

  get errors(): ReadonlyArray<string> {
    return this.messages.flatMap(({ trace }) => (trace?.error === undefined ? [] : [trace.error.message]))
  }

  /** Rows of a stream. */
  rows(stream: string): ReadonlyArray<Readonly<Record<string, unknown>>> {
    return this.messages.flatMap(({ record }) => (record?.stream === stream ? [record.data] : []))
  }

  /** The last state of each stream, as a file holds them. */
  get states(): ReadonlyArray<object> {
    const states = new Map<string, object>()
    for (const { state } of this.messages)
      if (state !== undefined) states.set(state.stream.stream_descriptor.name, state)
    return [...states.values()]
  }
}

/** An empty folder of a user, who has npm with the registry on loopback. */
export interface Folder {
  readonly path: string
  readonly write: (name: string, content: unknown) => string
  readonly npm: (...args: ReadonlyArray<string>) => Promise<string>
  /** Runs a block of a document, stopping at the first command that fails. */
  readonly shell: (script: string, env?: NodeJS.ProcessEnv) => Promise<string>
  readonly run: (command: string, args: ReadonlyArray<string>, options?: Partial<RunOptions>) => Promise<Ended>
  /** Runs `npx source-pipedrive`, or another command, with a config and a catalog as needed. */
  readonly source: (args: ReadonlyArray<string>, command?: ReadonlyArray<string>) => Promise<Output>
}

/** Makes an empty folder, outside of this repository. */
export const makeFolder = (): Folder & { readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), "user-"))
  const env = inject("npm")
  const inFolder = (options: Partial<RunOptions> = {}): RunOptions => ({ cwd: path, env, ...options })
  return {
    path,
    write: (name, content) => {
      const file = join(path, name)
      writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content))
      return file
    },
    npm: (...args) => succeed("npm", args, inFolder()),
    shell: (script, more) =>
      succeed("bash", ["-euo", "pipefail", "-c", script], inFolder({ env: { ...env, ...more } })),
    run: (command, args, options) => run(command, args, inFolder(options)),
    source: async (args, [command = "npx", ...first] = ["npx", "source-pipedrive"]) =>
      new Output(await run(command, [...first, ...args], inFolder())),
    remove: () => rmSync(path, { recursive: true, force: true })
  }
}

/** A folder that goes when its test is finished. */
export const testFolder = (): Folder => {
  const folder = makeFolder()
  onTestFinished(folder.remove)
  return folder
}

/** A small company, with the config that reads it. */
export const openCompany = async (
  options: EmulatorOptions = {}
): Promise<{ readonly emulator: Emulator; readonly config: object }> => {
  const emulator = await startEmulator({ size: { deals: 60, persons: 20, organizations: 10 }, ...options })
  return {
    emulator,
    config: { credentials: { auth_type: "api_token", api_token: emulator.apiToken }, base_url: emulator.url }
  }
}

/** A company that closes when its test is finished. */
export const testCompany: typeof openCompany = async (options) => {
  const company = await openCompany(options)
  onTestFinished(() => company.emulator.close())
  return company
}

/** A configured catalog of streams, incremental. */
export const catalogOf = (...names: ReadonlyArray<string>): object => ({
  streams: names.map((name) => ({ stream: { name }, sync_mode: "incremental", destination_sync_mode: "append" }))
})
