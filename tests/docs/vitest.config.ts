import { mergeConfig } from "vitest/config"
import shared from "../../vitest.shared.ts"

// One process, as all pages share an emulator, an account in tables and a call of the compiler.
export default mergeConfig(shared, { test: { maxWorkers: 1 } })
