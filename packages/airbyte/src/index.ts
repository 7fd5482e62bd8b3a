export { runSource } from "./run.ts"
export type { PeopleCommands, PeopleSource, SourceOptions } from "./setup.ts"
