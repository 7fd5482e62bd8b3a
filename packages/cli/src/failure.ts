/** What keeps a command from being done, in words for the user. */
export class Failure extends Error {
  /** 1 where something is wrong, 2 where the command was called wrongly. */
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.name = "Failure"
    this.exitCode = exitCode
  }
}
