import { library } from "./tsup.ts"

/** Libraries with one entry, and all plugins: `tsup --config ../../build/library.ts`. */
export default library({ index: "src/index.ts" })
