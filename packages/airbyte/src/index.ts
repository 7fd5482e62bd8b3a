export { runSource, type SourceOptions } from "./run.ts"
