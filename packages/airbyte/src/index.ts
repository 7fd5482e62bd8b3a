export { runSource } from "./run.ts"
export type { SourceOptions } from "./setup.ts"
