import type { PeopleSource } from "@pipedrive-source/airbyte/host"
import { Command, CommanderError, Option } from "commander"
import { Failure } from "./failure.ts"
import { HELP } from "./help.ts"
import { outliveReader, tell, wrapped } from "./terminal.ts"

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

const initCommand = (people: PeopleSource): Command =>
  new Command("init")
    .description("Connects an account: writes pipedrive.json and catalog.json into this folder.")
    .option("--api-token <token>", "sign in by this token; PIPEDRIVE_API_TOKEN keeps it out of the shell's history")
    .option("--client-id <id>", "sign in by an OAuth app, in the browser")
    .option("--client-secret <secret>", "the OAuth app's secret")
    .option("--port <port>", "port of the OAuth app's callback, http://localhost:<port>/callback", "8976")
    .option("--base-url <url>", "another address of the API: a company's, or a local one")
    .option("--streams <streams>", "names by comma, default, or all")
    .option("--force", "overwrite the two files", false)
    .option("--raw", "leave custom fields as the API has them, under their keys", false)
    .option("--keep-deleted", "keep rows that are deleted in Pipedrive", false)
    .addOption(json())
    .addHelpText("after", HELP.init)
    .action(async (options) => (await import("./init.ts")).init(people, options))

const sampleCommand = (people: PeopleSource): Command =>
  new Command("sample")
    .description("Shows the first rows of a stream.")
    .argument("<stream>")
    .option("--rows <number>", "how many", "3")
    .addOption(config())
    .addOption(json())
    .action(async (stream, options) => (await import("./sample.ts")).sample(people, stream, options))

const streamsCommand = (people: PeopleSource): Command =>
  new Command("streams")
    .description("Lists the streams: cursor field and cost.")
    .option("--package <name>", "only those of one package, such as crm")
    .option("--max-tokens <number>", "only those whose requests cost no more")
    .option("--readable", "only those this account can read; tries each", false)
    .addOption(config())
    .addOption(json())
    .action(async (options) => (await import("./streams.ts")).streams(people, options))

const doctorCommand = (people: PeopleSource): Command =>
  new Command("doctor")
    .description("Finds what keeps streams from being read, the worst first, and says what to do.")
    .option("--all", "try every selected stream, also those that cost more", false)
    .addOption(config())
    .addOption(catalog())
    .addOption(json())
    .action(async (options) => (await import("./doctor.ts")).doctor(people, options))

const planCommand = (people: PeopleSource): Command =>
  new Command("plan")
    .description("Says what the next sync will cost, before you run it.")
    .option("--to <target>", "the tables that a sync continues from")
    .option("--state <file>", "the state that a read continues from")
    .addOption(config())
    .addOption(catalog())
    .addOption(json())
    .action(async (options) => (await import("./plan.ts")).plan(people, options))

const commandsOf = (people: PeopleSource): ReadonlyArray<Command> => [
  initCommand(people),
  syncCommand(people),
  planCommand(people),
  doctorCommand(people),
  sampleCommand(people),
  streamsCommand(people)
]

const programOf = (people: PeopleSource): Command => {
  const program = new Command(people.name).version(people.version).helpCommand(true)
  for (const command of commandsOf(people)) program.addCommand(command)
  const everyCommand = [program, ...program.commands]
  for (const command of everyCommand)
    command
      .exitOverride()
      .showHelpAfterError(
        `Run ${people.command} ${command === program ? "" : `${command.name()} `}--help to see how it is used.`
      )
  program.helpInformation = () => HELP.all(people.command)
  return program
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Whether an error's words are for the user. The package that writes tables may be another copy than the one known here. */
const isForUser = (error: unknown): boolean =>
  error instanceof Failure || (error instanceof Error && error.name === "WarehouseError")

/** Runs a command for people. Sets the exit code: 1 where something is wrong, 2 where it was called wrongly. */
export const run = async (args: ReadonlyArray<string>, people: PeopleSource): Promise<void> => {
  outliveReader()
  try {
    await programOf(people).parseAsync([...args], { from: "user" })
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are no failures, and commander has said what is wrong.
      process.exitCode = error.exitCode === 0 ? 0 : 2
      return
    }
    tell(wrapped(isForUser(error) ? messageOf(error) : `An unexpected error ended the command: ${messageOf(error)}`))
    process.exitCode = error instanceof Failure ? error.exitCode : 1
  }
}
