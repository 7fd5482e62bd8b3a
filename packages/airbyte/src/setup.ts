import type { Plugin } from "@pipedrive-source/core"

/** Commands for people, beside those of the protocol. */
export interface PeopleCommands {
  readonly names: ReadonlyArray<string>
  /** Runs one of them, or shows the help of all; sets the exit code. */
  readonly run: (args: ReadonlyArray<string>, source: PeopleSource) => Promise<void>
}

/** The source that commands for people work on. */
export interface PeopleSource {
  readonly plugins: () => Promise<ReadonlyArray<Plugin>>
  readonly name: string
  /** What is typed to run it: `npx source-pipedrive`. */
  readonly command: string
  readonly version: string
  readonly order?: ReadonlyArray<string>
}

/** What a source is made of. */
export interface SourceOptions {
  /** Its plugins, or a function that loads them: a command that needs none does not wait for them. */
  readonly plugins: ReadonlyArray<Plugin> | (() => Promise<ReadonlyArray<Plugin>>)
  /** The command's name, for help and for the API's logs. */
  readonly name?: string
  /** What people type to run it; `npx` and its name by default. */
  readonly command?: string
  readonly version?: string
  /** Streams that discover lists first. */
  readonly order?: ReadonlyArray<string>
  /** Commands for people, as `@pipedrive-source/cli` has them; none by default. */
  readonly people?: PeopleCommands
}

/** A source whose plugins may be those of the folder that it is started in. */
export type Setup = Omit<SourceOptions, "plugins" | "people"> & {
  readonly plugins: SourceOptions["plugins"] | "of the folder"
  readonly name: string
  readonly version: string
}
