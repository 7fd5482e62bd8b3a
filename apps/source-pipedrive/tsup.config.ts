import { application } from "../../tsup.shared.ts"

export default application({ main: "src/main.ts" })
