import { mergeConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import shared from "../../vitest.shared.ts"

/** Tests that play thousands of histories; they come last, as a mutant is tried until its first test fails. */
const SLOW =
  /\/(budget|scan|days|long-list|fuzz|histories|deletions-histories|since\/read|newest-first\/read)\.test\.ts$/

class QuickFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    return files.toSorted((a, b) => Number(SLOW.test(a.moduleId)) - Number(SLOW.test(b.moduleId)))
  }
}

/** How `npm run mutants` runs the tests. Each file loads its modules anew: some mutants act while they are loaded. */
export default mergeConfig(shared, {
  test: { isolate: true, testTimeout: 600_000, sequence: { sequencer: QuickFirst } }
})
