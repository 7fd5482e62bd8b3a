import { defineConfig } from "vitest/config"
import shared from "./vitest.shared.ts"

/** What computes, and needs no network, no other process and no build. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ["packages/{core,airbyte}/src/**/*.test.ts"],
    exclude: [
      "packages/core/src/read/snapshot/long-list.test.ts",
      "packages/airbyte/src/{fetch,save-config,stdout}.test.ts"
    ],
    maxWorkers: 2
  }
})
