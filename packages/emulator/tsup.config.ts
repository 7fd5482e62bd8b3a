import { commandLibrary } from "../../build/tsup.ts"

export default commandLibrary({ index: "src/index.ts", main: "src/main.ts" })
