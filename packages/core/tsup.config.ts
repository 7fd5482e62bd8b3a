import { library } from "../../build/tsup.ts"

export default library({ index: "src/index.ts", connection: "src/connection.ts", reader: "src/reader.ts" })
