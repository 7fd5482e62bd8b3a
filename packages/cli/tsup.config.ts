import type { Options } from "tsup"
import { bundle } from "../../tsup.shared.ts"

const shared = bundle({ index: "src/index.ts" }) as Options

const options: Options = {
  ...shared,
  // The database is large and has native code: it is installed by those who want it.
  external: ["@pipedrive-source/duckdb"],
  noExternal: [/^(?!@pipedrive-source\/duckdb$)/],
  esbuildOptions(build, context) {
    shared.esbuildOptions?.(build, context)
    // As in the airbyte package: the ESM form of node-fetch loads Node's WebSocket.
    build.mainFields = ["main", "module"]
  }
}

export default options
