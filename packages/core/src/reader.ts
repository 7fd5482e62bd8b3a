/** The reader, with all that a host needs beside it. */
export * from "./connection.ts"
export { type DiscoveredSource, discoverCustomFields } from "./custom-fields/discover.ts"
export { type ReadOptions, readSource } from "./read/read-source.ts"
export type { Mode } from "./read/stream-emitter.ts"
export { cursorText, secondsOf } from "./state/cursor.ts"
export { type DecodedState, decodeState } from "./state/legacy.ts"
