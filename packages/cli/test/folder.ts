import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { DuckDBInstance } from "@duckdb/node-api"
import { type Emulator, type EmulatorOptions, startEmulator } from "pipedrive-emulator"
import { onTestFinished } from "vitest"

const program = fileURLToPath(new URL("source.ts", import.meta.url))

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

interface Running {
  readonly ended: Promise<Ended>
  readonly kill: (signal: NodeJS.Signals) => void
  /** Resolves with what stderr says once it holds this. */
  readonly says: (pattern: RegExp) => Promise<string>
}

/** Arguments of Node that run the source of this repository with commands for people. */
export const nodeArgs = (args: ReadonlyArray<string>): ReadonlyArray<string> => [
  "--conditions=@pipedrive-source/source",
  "--disable-warning=ExperimentalWarning",
  program,
  ...args
]

const start = (
  cwd: string,
  args: ReadonlyArray<string>,
  env: NodeJS.ProcessEnv,
  through: ReadonlyArray<string> = []
): Running => {
  const [command = "", ...rest] = [...through, process.execPath, ...nodeArgs(args)]
  const child = spawn(command, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let stdout = ""
  let stderr = ""
  const waiting: Array<() => void> = []
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text
    for (const look of waiting) look()
  })
  return {
    ended: new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))),
    kill: (signal) => child.kill(signal),
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const [found] = pattern.exec(stderr) ?? []
          if (found !== undefined) resolve(found)
        }
        waiting.push(look)
        look()
        child.once("close", () => reject(new Error(`it ended without a word of ${pattern}: ${stderr}`)))
      })
  }
}

/** A person's folder. */
export interface Folder {
  readonly path: string
  readonly start: (args: ReadonlyArray<string>, env?: NodeJS.ProcessEnv) => Running
  readonly run: (args: ReadonlyArray<string>, env?: NodeJS.ProcessEnv) => Promise<Ended>
  /** Runs a command through a shell's script, which has it in `"$@"`. */
  readonly shell: (script: string, args: ReadonlyArray<string>) => Promise<Ended>
  /** Runs a command that is to succeed with --json, and gives what it said. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of several commands are looked into
  readonly json: (...args: ReadonlyArray<string>) => Promise<any>
  readonly read: (file: string) => string
  // biome-ignore lint/suspicious/noExplicitAny: files of several kinds are looked into
  readonly readJson: (file: string) => any
  readonly write: (file: string, content: unknown) => void
  readonly has: (file: string) => boolean
}

/** Makes an empty folder that is gone when the test is finished. */
export const makeFolder = (): Folder => {
  const path = mkdtempSync(join(tmpdir(), "person-"))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  const startHere: Folder["start"] = (args, env = {}) => start(path, args, env)
  const read: Folder["read"] = (file) => readFileSync(join(path, file), "utf8")
  return {
    path,
    start: startHere,
    run: (args, env) => startHere(args, env).ended,
    shell: (script, args) => start(path, args, {}, ["sh", "-c", script, "sh"]).ended,
    json: async (...args) => {
      const { code, stderr, stdout } = await startHere([...args, "--json"]).ended
      if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}${stdout}`)
      return JSON.parse(stdout)
    },
    read,
    readJson: (file) => JSON.parse(read(file)),
    write: (file, content) =>
      writeFileSync(join(path, file), typeof content === "string" ? content : JSON.stringify(content)),
    has: (file) => existsSync(join(path, file))
  }
}

/** A small company that closes when the test is finished. */
export const openCompany = async (options: EmulatorOptions = {}): Promise<Emulator> => {
  const emulator = await startEmulator({
    size: { deals: 120, persons: 40, organizations: 20 },
    burstLimit: 1_000_000,
    dailyTokens: 100_000_000,
    ...options
  })
  onTestFinished(() => emulator.close())
  return emulator
}

/** A folder that init has made for a company. */
export const initFolder = async (emulator: Emulator, streams = "default"): Promise<Folder> => {
  const folder = makeFolder()
  const { code, stderr } = await folder.run([
    ...["init", "--api-token", emulator.apiToken, "--base-url", emulator.url, "--streams", streams]
  ])
  if (code !== 0) throw new Error(stderr)
  return folder
}

/** Rows that a query gives. */
export const query = async (file: string, sql: string): Promise<ReadonlyArray<Record<string, unknown>>> => {
  const instance = await DuckDBInstance.create(file)
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
