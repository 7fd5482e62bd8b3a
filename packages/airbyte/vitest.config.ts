import { mergeConfig } from "vitest/config"
import shared from "../../vitest.shared.ts"

// Tests of faults wait more than they work.
export default mergeConfig(shared, { test: { maxConcurrency: 24 } })
