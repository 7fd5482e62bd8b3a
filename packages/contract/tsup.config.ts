import { library } from "../../build/tsup.ts"

export default library({ expected: "src/expected.ts", index: "src/index.ts" })
