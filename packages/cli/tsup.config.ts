import { bundle } from "../../build/tsup.ts"

export default bundle({ index: "src/index.ts" })
