/** How errors speak of the job they stopped. */
export interface Wording {
  /** The beginning of an error that stops a stream. */
  readonly stopped: (stream: string) => string
  /** What an error that may pass leaves behind, as the end of a sentence. */
  readonly outcome: string
}

export const READING: Wording = {
  stopped: (stream) => `Stopped at ${stream}`,
  outcome: "what has been read is kept, and the next sync goes on from there"
}

export const CHECKING: Wording = {
  stopped: () => "The connection could not be checked",
  outcome: "nothing has been read. Check the connection again later"
}
