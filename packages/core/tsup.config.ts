import { library } from "../../build/tsup.ts"

export default library({ index: "src/index.ts", reader: "src/reader.ts" })
