import type { PeopleCommands } from "@pipedrive-source/airbyte"

/** Commands for people. A source has them by `runSource({ plugins, people })`; they are loaded when one is called. */
export const people: PeopleCommands = {
  names: ["init", "sync", "plan", "doctor", "sample", "streams"],
  run: async (args, source) => (await import("./program.ts")).run(args, source)
}
