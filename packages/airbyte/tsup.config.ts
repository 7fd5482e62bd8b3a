import { bundle } from "../../build/tsup.ts"

export default bundle({ index: "src/index.ts", main: "src/main.ts", host: "src/host.ts" })
