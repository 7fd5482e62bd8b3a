import { application } from "../../build/tsup.ts"

export default application({ main: "src/main.ts" })
