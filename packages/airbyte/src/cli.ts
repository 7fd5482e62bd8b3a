/**
 * The command line: arguments in, a `Command` or a message for the user out. Nothing is read or run here.
 */
import { util } from "./node.ts"

/** Options that every command understands. */
export interface Common {
  readonly debug: boolean
  /** Plugins to add to those already there. */
  readonly plugins: ReadonlyArray<string>
  /** Where a changed config is written, if anywhere. */
  readonly saveConfig?: string
}

/** What the command line asks for. */
export type Command =
  | { readonly _tag: "Help" }
  | { readonly _tag: "Version" }
  | { readonly _tag: "Misused"; readonly problem: string }
  | { readonly _tag: "Spec" }
  | SourceCommand

/** A command that needs a config. */
export type SourceCommand =
  | ({ readonly _tag: "Check" | "Discover"; readonly config: string } & Common)
  | ({ readonly _tag: "Read"; readonly config: string; readonly catalog: string; readonly state?: string } & Common)

/** The usage in one line. */
export const usage = (name: string): string =>
  `Usage: ${name} spec | check --config F | discover --config F | read --config F --catalog F [--state F]`

/** The full help. */
export const help = (name: string): string => `${usage(name)}

  spec        shows what the config may contain
  check       tries the credentials with one request
  discover    lists the streams and their columns
  read        reads the streams that the catalog selects

  --config F        the config, a JSON file
  --catalog F       the configured catalog, a JSON file
  --state F         the state of the last read, a JSON file
  --save-config F   where to write the config when it changes, as a refreshed OAuth token does
  --plugin M        one more plugin, a package or a file; may be repeated
  --debug           logs every request, retry and wait
  --version, --help
`

const options = {
  config: { type: "string" },
  catalog: { type: "string" },
  state: { type: "string" },
  "save-config": { type: "string" },
  plugin: { type: "string", multiple: true },
  debug: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" }
} as const

/** Options that name a file. An unset variable leaves one of them empty. */
const paths = ["config", "catalog", "state", "save-config", "plugin"] as const

const misused = (problem: string): Command => ({ _tag: "Misused", problem })

/** The first sentence of the parser's error. */
const complaintOf = (error: unknown): string => {
  const [first = ""] = (error instanceof Error ? error.message : String(error)).split(/\.?(?:\s*\n|\. |$)/)
  return `${first}.`
}

/** Parses the arguments: flags in any order, also `--flag=value`. */
export const parseCommand = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}): Command => {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    return misused(complaintOf(error))
  }
  const { values, positionals } = parsed
  if (values.help) return { _tag: "Help" }
  if (values.version) return { _tag: "Version" }
  const [command, extra] = positionals
  if (command === undefined) return misused("No command given.")
  if (extra !== undefined) return misused(`Unexpected argument ${JSON.stringify(extra)}.`)
  const empty = paths.find((name) => [values[name]].flat().some((path) => path?.trim() === ""))
  if (empty !== undefined)
    return misused(`--${empty} is empty: it must name a file${empty === "plugin" ? " or a package" : ""}.`)
  if (command === "spec") return { _tag: "Spec" }
  const { config, catalog, state } = values
  const saveConfig = values["save-config"]
  const common = {
    debug: values.debug === true || env.LOG_LEVEL?.toLowerCase() === "debug",
    plugins: values.plugin ?? [],
    ...(saveConfig !== undefined && { saveConfig })
  }
  switch (command) {
    case "check":
    case "discover":
      if (config === undefined) return misused(`${command} needs --config.`)
      return { _tag: command === "check" ? "Check" : "Discover", config, ...common }
    case "read":
      if (config === undefined) return misused("read needs --config.")
      if (catalog === undefined) return misused("read needs --catalog.")
      return { _tag: "Read", config, catalog, ...(state !== undefined && { state }), ...common }
    default:
      return misused(`Unknown command ${JSON.stringify(command)}.`)
  }
}

const parse = (args: ReadonlyArray<string>) => util.parseArgs({ args: [...args], options, allowPositionals: true })
