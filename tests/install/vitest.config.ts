import { mergeConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import shared from "../../vitest.shared.ts"

/** What takes longest comes first, so that the rest goes on beside it. */
class Sequencer extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const isLong = ({ moduleId }: TestSpecification) => moduleId.endsWith("pyairbyte.test.ts")
    return (await super.sort(files)).sort((a, b) => Number(isLong(b)) - Number(isLong(a)))
  }
}

export default mergeConfig(shared, {
  test: {
    globalSetup: "test/global.ts",
    // Tests wait for processes, registries and disks more than they compute.
    maxWorkers: 2,
    sequence: { sequencer: Sequencer }
  }
})
