/** What no test of the pages runs, and why. An entry that matches nothing fails. */
export interface NotRun {
  /** The page; without one, all pages. */
  readonly page?: string
  readonly language?: string
  /** How the block, or in a shell script the line, begins. Without it, all blocks there. */
  readonly begins?: string
  readonly why: string
}

export const notRun: ReadonlyArray<NotRun> = [
  { begins: "docker ", why: "needs Docker; the workflow Image builds it, and runs Airbyte's tests of an image on it" },
  {
    page: "CONTRIBUTING.md",
    begins: "npm run -s source",
    why: "run by tests/docs/test/ten-minutes.test.ts, which adds the stream"
  },
  { page: "README.md", begins: "npm ci && npm test", why: "all of CI, of which this is a part" },
  { begins: "npm run bench", why: "measures for minutes; bench/test/smoke.test.ts runs it small" },
  {
    page: "docs/pyairbyte.md",
    language: "sh",
    why: "run by tests/install/test/pyairbyte.test.ts where there is Python"
  },
  { page: "docs/releasing.md", begins: "npx changeset status", why: "compares with the history, and a copy has none" },
  { page: "docs/releasing.md", begins: "npm run release:check", why: "run by tests/install/test/release.test.ts" },
  { page: "examples/custom/README.md", why: "run by tests/install/test/examples.test.ts, with the files beside it" },
  { page: "examples/plugin/README.md", why: "run by tests/install/test/plugin.test.ts, which publishes the plugin" },
  { page: "examples/pyairbyte/README.md", why: "run by tests/install/test/pyairbyte.test.ts where there is Python" },
  { page: "examples/shell/README.md", why: "run by tests/install/test/examples.test.ts, with the files beside it" },
  { page: "tests/docs/README.md", why: "these very tests" }
]
