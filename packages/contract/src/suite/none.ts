import { expect } from "vitest"

/** Fails with the first of the problems, if there are any. */
export const expectNone = (problems: ReadonlyArray<string>, about = ""): void => {
  if (problems.length === 0) return
  const shown = problems.slice(0, 6).map((problem) => (about === "" ? problem : `${about}: ${problem}`))
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`)
  expect.fail(shown.join("\n"))
}
