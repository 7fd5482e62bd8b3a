import { defineConfig } from "vitest/config"

/** Tests run on the sources of all packages: nothing needs to be built, except for the tests of the commands. */
export default defineConfig({
  resolve: { conditions: ["@pipedrive-source/source"] },
  ssr: { resolve: { conditions: ["@pipedrive-source/source", "module", "node", "development|production"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    environment: "node",
    // Machines of CI are slow and shared: a test fails by what it sees, not by how long it takes.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    passWithNoTests: true,
    // Modules are loaded once for all files of a package; none of them is mocked, and tests keep no state in them.
    isolate: false,
    coverage: { include: ["src/**/*.ts"], exclude: ["src/**/*.test.ts"], reporter: ["json-summary"] }
  }
})
