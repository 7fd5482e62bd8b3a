import type { Options } from "tsup"
import { application } from "../../tsup.shared.ts"

const shared = application({ main: "src/main.ts" }) as Options

const options: Options = {
  ...shared,
  // What `spec` does not need stays in a file of its own, unread.
  splitting: true,
  // The database is large and has native code: it is installed by those who want it.
  external: ["@pipedrive-source/duckdb"],
  noExternal: [/^(?!@pipedrive-source\/duckdb$)/],
  esbuildOptions(build, context) {
    shared.esbuildOptions?.(build, context)
    // The ESM form of node-fetch imports node:http, which loads Node's WebSocket: a fifth of the start.
    build.mainFields = ["main", "module"]
  }
}

export default options
