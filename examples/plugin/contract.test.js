import { contractTests } from "@pipedrive-source/contract"
import { wins } from "./index.js"

contractTests(wins)
