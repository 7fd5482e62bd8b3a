import { library } from "../../tsup.shared.ts"

export default library({ expected: "src/expected.ts", index: "src/index.ts" })
