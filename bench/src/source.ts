import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Company } from "./company.ts"
import { runBare, runProgram, type Taken } from "./program.ts"

/** The built command. */
export const command = join(
  dirname(createRequire(import.meta.url).resolve("airbyte-source-pipedrive/package.json")),
  "dist/main.js"
)

interface Reading {
  readonly streams: ReadonlyArray<string>
  /** The default where it is not given. */
  readonly workers?: number
  /** Options of the config beside the credentials. */
  readonly options?: Readonly<Record<string, unknown>>
  /** STATE messages that the read goes on from; none by default. */
  readonly state?: ReadonlyArray<unknown>
  /** Takes each line of the output, which goes nowhere otherwise. */
  readonly take?: (line: string) => void
}

/** A folder with the files a command needs, gone with the scope it is opened in. */
const openFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), "pipedrive-bench-"))
  return {
    save: async (name: string, content: unknown): Promise<string> => {
      const path = join(folder, name)
      await writeFile(path, JSON.stringify(content))
      return path
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true })
  }
}

const configOf = (company: Company, workers?: number, options: Reading["options"] = {}) => ({
  credentials: { auth_type: "api_token", api_token: company.apiToken },
  base_url: company.url,
  ...(workers !== undefined && { num_workers: workers }),
  ...options
})

/** Reads streams of a company, from the start or from a state. */
export const read = async (company: Company, { options, state, streams, take, workers }: Reading): Promise<Taken> => {
  await using folder = await openFolder()
  const config = await folder.save("config.json", configOf(company, workers, options))
  const catalog = await folder.save("catalog.json", {
    streams: streams.map((name) => ({
      stream: {
        name,
        json_schema: options?.["track_deletions"] === true ? { properties: { _ab_cdc_deleted_at: {} } } : {}
      },
      sync_mode: "incremental",
      destination_sync_mode: "append"
    }))
  })
  const from = state === undefined ? [] : ["--state", await folder.save("state.json", state)]
  return await runProgram([command, "read", "--config", config, "--catalog", catalog, ...from], take)
}

/** Reads streams of a company from the start into a DuckDB file. */
export const sync = async (
  company: Company,
  { streams, workers }: Pick<Reading, "streams" | "workers">
): Promise<Taken> => {
  await using folder = await openFolder()
  const config = await folder.save("config.json", configOf(company, workers))
  const catalog = await folder.save("catalog.json", {
    streams: streams.map((name) => ({ stream: { name }, sync_mode: "incremental" }))
  })
  const to = join(dirname(config), "bench.duckdb")
  return await runProgram([command, "sync", "--config", config, "--catalog", catalog, "--to", to, "--json"])
}

/** Names of all streams. */
export const discover = async (company: Company): Promise<ReadonlyArray<string>> => {
  await using folder = await openFolder()
  const names: Array<string> = []
  await runProgram([command, "discover", "--config", await folder.save("config.json", configOf(company))], (line) => {
    const { catalog } = JSON.parse(line) as {
      readonly catalog?: { readonly streams: ReadonlyArray<{ readonly name: string }> }
    }
    names.push(...(catalog?.streams.map(({ name }) => name) ?? []))
  })
  return names
}

/** Seconds of each check of a connection. */
export const check = async (company: Company): Promise<number> => {
  await using folder = await openFolder()
  return await runBare([command, "check", "--config", await folder.save("config.json", configOf(company))])
}
