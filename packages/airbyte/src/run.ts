/**
 * The entry of the command: answers `spec`, help and mistakes at once, and loads the reader only for the commands that
 * need it.
 */
import { help, parseCommand, usage } from "./cli.ts"
import { fs, keepCompiled } from "./node.ts"
import { errorLine, type Lines, specLine } from "./protocol.ts"
import type { PeopleCommands, Setup, SourceOptions } from "./setup.ts"
import { makeOutput, type Output } from "./stdout.ts"

/** Version of the package that this file is part of, in `src` as in `dist`. */
const ownVersion = (): string =>
  JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")).version

/** Writes everything that a command has to say. */
const answer = async (output: Output, line: Lines, exitCode = 0): Promise<void> => {
  await output.write([line])
  await output.flush()
  process.exitCode = output.end() === "failed" ? 1 : exitCode
}

const misuse = (problem: string, name: string, output: Output): Promise<void> => {
  const message = `${problem} ${usage(name)}`
  if (process.stderr.isTTY) process.stderr.write(`${message}\n`)
  return answer(output, errorLine({ message, failureType: "config_error" }, Date.now()), 1)
}

interface RunOptions extends Omit<Setup, "version"> {
  readonly version?: string
  /** Commands for people, or what finds them once the command is none of the protocol's. */
  readonly people?: PeopleCommands | (() => Promise<PeopleCommands | undefined>)
}

/** What people may ask of the command, rather than a platform: a command of theirs, or help. */
const isForPeople = (args: ReadonlyArray<string>, { names }: PeopleCommands): boolean => {
  const command = args.find((arg) => !arg.startsWith("-"))
  // Who mistypes a command at a terminal is told so in words.
  if (command !== undefined) return names.includes(command) || command === "help" || process.stdout.isTTY
  return args.some((arg) => arg === "--help" || arg === "-h") || (args.length === 0 && process.stdout.isTTY)
}

const PROTOCOL = ["spec", "check", "discover", "read"]

/** Runs a command for people, if it is one; tells whether it was. */
const runForPeople = async (args: ReadonlyArray<string>, options: RunOptions): Promise<boolean> => {
  // The protocol's commands look for nothing and load nothing.
  if (options.people === undefined || args.some((arg) => PROTOCOL.includes(arg))) return false
  const people = typeof options.people === "function" ? await options.people() : options.people
  if (people === undefined || !isForPeople(args, people)) return false
  const { command, name, order, plugins, version } = options
  keepCompiled()
  await people.run(args, {
    plugins: async () => {
      if (typeof plugins === "function") return plugins()
      return plugins === "of the folder" ? (await import("./folder-plugins.ts")).folderPlugins() : plugins
    },
    name,
    command: command ?? `npx ${name}`,
    version: version ?? ownVersion(),
    ...(order !== undefined && { order })
  })
  return true
}

/** Runs the command that the process was started with. Sets the exit code, and resolves when everything is written. */
export const runCommand = async (options: RunOptions): Promise<void> => {
  if (await runForPeople(process.argv.slice(2), options)) return
  const output = makeOutput(process.stdout)
  const command = parseCommand(process.argv.slice(2), process.env)
  switch (command._tag) {
    case "Help":
      return answer(output, help(options.name))
    case "Version":
      return answer(output, `${options.version ?? ownVersion()}\n`)
    case "Misused":
      return misuse(command.problem, options.name, output)
    case "Spec": {
      const { spec } = await import("./spec.ts")
      return answer(output, specLine(spec))
    }
    case "Check":
    case "Discover":
    case "Read": {
      // From here on the reader is loaded; the answers above do not need it.
      keepCompiled()
      const { execute } = await import("./execute.ts")
      return execute(command, { ...options, version: options.version ?? ownVersion() }, output)
    }
  }
}

/** Runs one Airbyte command over the streams of these plugins. */
export const runSource = (options: SourceOptions): Promise<void> =>
  runCommand({ ...options, name: options.name ?? "source-pipedrive" })
