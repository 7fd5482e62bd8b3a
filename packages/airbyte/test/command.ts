import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import {
  columns as c,
  cursorPages,
  definePlugin,
  defineStream,
  ofChangedParents,
  perParent,
  since,
  singlePage
} from "@pipedrive-source/core"

export const bin = fileURLToPath(new URL("../bin/source-pipedrive.mjs", import.meta.url))

/** How a command ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess
  /** What it has printed so far. */
  readonly stdout: () => string
  /** Resolves once it has printed this. */
  readonly printed: (text: string) => Promise<void>
  readonly ending: Promise<Ending>
}

/**
 * Runs the built command in a pipe whose reader leaves after the first line; resolves when the command has ended, with
 * that line and how long the command went on for nobody.
 */
export const runForHead = (
  args: ReadonlyArray<string>
): Promise<{ readonly line: string; readonly goneMs: number }> => {
  const command = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(" ")
  const stdio = ["ignore", "pipe", "inherit"] as const
  const shell = spawn("sh", ["-c", `${command} | { head -n 1; exec >&-; }`], { cwd: tmpdir(), stdio: [...stdio] })
  let line = ""
  let leftMs = 0
  shell.stdout.setEncoding("utf8").on("data", (text) => {
    line += text
    leftMs = Date.now()
  })
  return new Promise((done) => shell.on("exit", () => done({ line, goneMs: Date.now() - leftMs })))
}

/** Exit code of the built command whose output goes to an open file. */
export const runInto = (file: number, args: ReadonlyArray<string>): number | null =>
  spawnSync(process.execPath, [bin, ...args], { stdio: ["ignore", file, "ignore"] }).status

interface Options {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** False where nobody reads what it prints. */
  readonly reading?: boolean
  /** A script that runs before it. */
  readonly require?: string
}

/** Starts the built command. */
export const start = (args: ReadonlyArray<string>, options: Options = {}): Running => {
  const before = options.require === undefined ? [] : ["--require", options.require]
  const child = spawn(process.execPath, [...before, bin, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let stdout = ""
  let stderr = ""
  const watchers = new Set<() => void>()
  if (options.reading !== false)
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text
      for (const watch of watchers) watch()
    })
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text
  })
  return {
    child,
    stdout: () => stdout,
    printed: (text) =>
      new Promise((done, fail) => {
        const watch = () => {
          if (!stdout.includes(text)) return
          watchers.delete(watch)
          done()
        }
        watchers.add(watch)
        watch()
        child.once("close", () => fail(new Error(`It ended without printing ${text}: ${stdout}${stderr}`)))
      }),
    ending: new Promise((done) => {
      const event = options.reading === false ? "exit" : "close"
      child.on(event, (code, signal) => done({ code, signal, stdout, stderr }))
    })
  }
}

/** Runs the built command to its end. */
export const run = (args: ReadonlyArray<string>, options: Options = {}): Promise<Ending> => start(args, options).ending

/** A folder for the files of one test, with a plugin in it: two streams, and one whose parent is in no plugin. */
export const makeFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "command-"))
  const write = (name: string, content: unknown): string => {
    const path = join(folder, name)
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content))
    return path
  }
  write("plugin.mjs", `export const test = ${JSON.stringify(plugin)}`)
  return { folder, write, plugin: ["--plugin", join(folder, "plugin.mjs")] as const }
}

const docs = "https://developers.pipedrive.com/docs/api/v1"

const plugin = definePlugin({
  name: "test",
  streams: [
    defineStream({
      name: "deals",
      path: "v2/deals",
      docs,
      tokens: 10,
      scope: "deals:read",
      columns: { id: c.integer, update_time: c.timestamp },
      primaryKey: ["id"],
      paging: cursorPages(),
      query: { sort_by: "update_time", sort_direction: "asc" },
      changes: since("update_time")
    }),
    defineStream({
      name: "deal_fields",
      path: "v1/dealFields",
      docs,
      tokens: 20,
      scope: "deals:read",
      columns: { id: c.integer, key: c.text },
      primaryKey: ["id"],
      paging: singlePage()
    }),
    defineStream({
      name: "note_comments",
      path: "v1/notes/{id}/comments",
      docs,
      tokens: 20,
      scope: "deals:read",
      columns: { uuid: c.text, note_id: c.integer },
      primaryKey: ["uuid"],
      paging: singlePage(),
      parents: perParent("notes", "note_id", { from: "@pipedrive-source/crm" }),
      changes: ofChangedParents()
    })
  ]
})

/** A configured catalog of streams; a mode may follow a name. */
export const catalogOf = (...streams: ReadonlyArray<string>) => ({
  streams: streams.map((text) => {
    const [name, mode = "incremental"] = text.split(" ")
    return { stream: { name, json_schema: {} }, sync_mode: mode, destination_sync_mode: "append" }
  })
})
