import { mergeConfig } from "vitest/config"
import shared from "../../vitest.shared.ts"

// Some tests start processes, which takes its time on a busy machine; those of faults wait more than they work.
export default mergeConfig(shared, { test: { testTimeout: 600_000, maxConcurrency: 12 } })
