import type { PeopleSource } from "@pipedrive-source/airbyte/host"
import { Command, CommanderError, Option } from "commander"
import { Failure } from "./failure.ts"
import { HELP } from "./help.ts"
import { tell, wrapped } from "./terminal.ts"

const config = () => new Option("--config <file>", "the config; pipedrive.json of this folder by default")
const catalog = () => new Option("--catalog <file>", "the catalog; catalog.json of this folder by default")
const json = () => new Option("--json", "answer as JSON, for scripts").default(false)

const listOf = (text: string): ReadonlyArray<string> =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")

const syncCommand = (people: PeopleSource): Command =>
  new Command("sync")
    .description("Reads what is new into tables: a DuckDB file, or a folder of Parquet files.")
    .addOption(config())
    .addOption(catalog())
    .requiredOption("--to <target>", "pipedrive.duckdb, or with a slash at its end a folder")
    .option("--refresh <streams>", "streams to read anew, by comma", listOf, [])
    .addOption(json())
    .addHelpText("after", HELP.sync)
    .action(async (options) => (await import("./sync.ts")).runSync(people, options))

const commandsOf = (people: PeopleSource): ReadonlyArray<Command> => [syncCommand(people)]

const programOf = (people: PeopleSource): Command => {
  const program = new Command(people.name).version(people.version).helpCommand(true)
  for (const command of commandsOf(people)) program.addCommand(command)
  const everyCommand = [program, ...program.commands]
  for (const command of everyCommand) command.exitOverride().showHelpAfterError(`Run ${people.name} ${command === program ? "" : `${command.name()} `}--help to see how it is used.`)
  program.helpInformation = () => HELP.all(people.name)
  return program
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Runs a command for people. Sets the exit code: 1 where something is wrong, 2 where it was called wrongly. */
export const run = async (args: ReadonlyArray<string>, people: PeopleSource): Promise<void> => {
  try {
    await programOf(people).parseAsync([...args], { from: "user" })
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are no failures, and commander has said what is wrong.
      process.exitCode = error.exitCode === 0 ? 0 : 2
      return
    }
    tell(wrapped(error instanceof Failure ? error.message : `An unexpected error ended the command: ${messageOf(error)}`))
    process.exitCode = error instanceof Failure ? error.exitCode : 1
  }
}
