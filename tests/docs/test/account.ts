import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Emulator, startEmulator } from "pipedrive-emulator"
import { root } from "./markdown.ts"
import { run, succeed } from "./process.ts"

const main = join(root, "apps/source-pipedrive/dist/main.js")

/** The schema of a config. */
export interface Schema {
  readonly properties: Readonly<Record<string, object>>
}

/** A message of the protocol; only what tests look at is typed. */
export interface Message {
  readonly type: string
  readonly spec?: { readonly connectionSpecification: Schema }
  readonly connectionStatus?: { readonly status: string; readonly message?: string }
  readonly trace?: { readonly error?: { readonly message: string } }
  readonly log?: { readonly level: string; readonly message: string }
  readonly catalog?: { readonly streams: ReadonlyArray<{ readonly name: string }> }
}

/** The account that all pages read: what a page names is in it. */
export interface Account {
  readonly emulator: Emulator
  /** A config that reads it. */
  readonly config: object
  /** Runs the built command on files that are written for it. */
  readonly source: (command: string, files: Readonly<Record<string, unknown>>) => Promise<ReadonlyArray<Message>>
  /** What `spec` says of a config. */
  readonly schema: () => Promise<Schema>
  /** A DuckDB file that `sync` made of some streams; made when it is first asked for. */
  readonly tables: (streams: ReadonlyArray<string>) => Promise<string>
  readonly close: () => Promise<void>
}

const messagesOf = (stdout: string): ReadonlyArray<Message> =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))

/** Makes the account, with the custom fields that docs/custom-fields.md shows. */
export const openAccount = async (): Promise<Account> => {
  const emulator = await startEmulator({
    size: { deals: 60, persons: 20, organizations: 10 },
    burstLimit: 1_000_000,
    dailyTokens: 1_000_000_000
  })
  emulator.customFields.create("deal", { name: "Industry", type: "enum", options: ["Logistics", "Retail"] })
  emulator.customFields.create("deal", { name: "Price", type: "monetary" })
  emulator.customFields.create("deal", { name: "Regions", type: "set", options: ["North", "South"] })
  const folder = mkdtempSync(join(tmpdir(), "account-"))
  const config = {
    credentials: { auth_type: "api_token", api_token: emulator.apiToken },
    base_url: emulator.url
  }

  let runs = 0
  const source: Account["source"] = async (command, files) => {
    const args = Object.entries(files).flatMap(([name, content]) => {
      const file = join(folder, `${name}-${runs++}.json`)
      writeFileSync(file, JSON.stringify(content))
      return [`--${name}`, file]
    })
    const { code, stdout, stderr } = await run(process.execPath, [main, command, ...args], { cwd: folder })
    const errors = messagesOf(stdout).flatMap(({ trace }) => (trace?.error === undefined ? [] : [trace.error.message]))
    if (code !== 0 || errors.length > 0) throw new Error(`${command} refuses it: ${errors.join("\n")}${stderr}`)
    return messagesOf(stdout)
  }

  let schema: Promise<Schema> | undefined
  const readSchema = async (): Promise<Schema> => {
    const [message] = await source("spec", {})
    if (message?.spec === undefined) throw new Error("spec gives no schema")
    return message.spec.connectionSpecification
  }
  let tables: Promise<string> | undefined
  const sync = async (streams: ReadonlyArray<string>): Promise<string> => {
    const command = (...args: ReadonlyArray<string>) => succeed(process.execPath, [main, ...args], { cwd: folder })
    await command("init", "--api-token", emulator.apiToken, "--base-url", emulator.url, "--streams", streams.join())
    await command("sync", "--to", "pipedrive.duckdb")
    return join(folder, "pipedrive.duckdb")
  }
  return {
    emulator,
    config,
    source,
    schema: () => {
      schema ??= readSchema()
      return schema
    },
    tables: (streams) => {
      tables ??= sync(streams)
      return tables
    },
    close: async () => {
      await emulator.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Names of all streams, as STREAMS.md has them from the declarations. */
export const streamNames: ReadonlySet<string> = new Set(
  [...readFileSync(join(root, "STREAMS.md"), "utf8").matchAll(/^\| `(\w+)` \|/gm)].map(([, name = ""]) => name)
)
