import * as processes from "install-tests/process"

export { cleanEnv } from "install-tests/process"

/** No block of a page takes longer: one that waits for somebody is ended, with all it started. */
const PATIENCE_MS = 300_000

type Run<Result> = (
  command: string,
  args: ReadonlyArray<string>,
  options: Omit<processes.RunOptions, "patienceMs">
) => Promise<Result>

/** Runs a command to its end. */
export const run: Run<processes.Ended> = (command, args, options) =>
  processes.run(command, args, { ...options, patienceMs: PATIENCE_MS })

/** Runs a command that has to succeed, and gives its stdout. */
export const succeed: Run<string> = (command, args, options) =>
  processes.succeed(command, args, { ...options, patienceMs: PATIENCE_MS })
