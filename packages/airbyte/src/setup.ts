import type { Plugin } from "@pipedrive-source/core"

/** What a source is made of. */
export interface SourceOptions {
  /** Its plugins, or a function that loads them: a command that needs none does not wait for them. */
  readonly plugins: ReadonlyArray<Plugin> | (() => Promise<ReadonlyArray<Plugin>>)
  /** The command's name, for help and for the API's logs. */
  readonly name?: string
  readonly version?: string
  /** Streams that discover lists first. */
  readonly order?: ReadonlyArray<string>
}

/** A source whose plugins may be those of the folder that it is started in. */
export type Setup = Omit<SourceOptions, "plugins"> & {
  readonly plugins: SourceOptions["plugins"] | "of the folder"
  readonly name: string
  readonly version: string
}
