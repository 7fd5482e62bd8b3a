/**
 * The entry of the command: answers `spec`, help and mistakes at once, and loads the reader only for the commands that
 * need it.
 */
import { help, parseCommand, usage } from "./cli.ts"
import { fs, keepCompiled } from "./node.ts"
import { errorLine, type Lines, specLine } from "./protocol.ts"
import type { Setup, SourceOptions } from "./setup.ts"
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

/** Runs the command that the process was started with. Sets the exit code, and resolves when everything is written. */
export const runCommand = async (options: Omit<Setup, "version"> & { readonly version?: string }): Promise<void> => {
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
      const { execute } = await import("./commands.ts")
      return execute(command, { ...options, version: options.version ?? ownVersion() }, output)
    }
  }
}

/** Runs one Airbyte command over the streams of these plugins. */
export const runSource = (options: SourceOptions): Promise<void> =>
  runCommand({ ...options, name: options.name ?? "source-pipedrive" })
