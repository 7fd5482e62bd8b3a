import { commandLibrary } from "../../tsup.shared.ts"

export default commandLibrary({ index: "src/index.ts", main: "src/main.ts" })
