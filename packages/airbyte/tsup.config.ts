import type { Options } from "tsup"
import { bundle } from "../../tsup.shared.ts"

const shared = bundle({ index: "src/index.ts", main: "src/main.ts", host: "src/host.ts" }) as Options

const options: Options = {
  ...shared,
  esbuildOptions(build, context) {
    shared.esbuildOptions?.(build, context)
    // The ESM form of node-fetch imports node:http, which loads Node's WebSocket: a fifth of the start.
    build.mainFields = ["main", "module"]
  }
}

export default options
