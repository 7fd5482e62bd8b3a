/**
 * The only way out for messages: lines in the order in which they were handed over, as fast as the reader takes them.
 * A reader that falls behind makes the source wait, so that memory stays flat.
 */
import type { Writable } from "node:stream"
import { makeBuffers } from "./buffers.ts"
import type { Lines } from "./protocol.ts"

/** The only way out for messages. */
export interface Output {
  /** Memory for what is written next; it is reused once that has been written. */
  readonly lend: (size: number) => Buffer
  /** Hands over lines, in the order of the calls; resolves when the reader has room for more. */
  readonly write: (lines: ReadonlyArray<Lines>) => Promise<void>
  /** Resolves when all lines have left the process, or never can. */
  readonly flush: () => Promise<void>
  /** Calls back when nothing can be written any more; at once if that is already the case. */
  readonly onEnd: (callback: () => void) => void
  /** What ended the output; a reader that left is not an error. */
  readonly end: () => "open" | "closed" | "failed"
}

const closings = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"])

const isClosing = (error: Error): boolean =>
  "code" in error && typeof error.code === "string" && closings.has(error.code)

const done = Promise.resolve()

/** Writes to a stream as fast as its reader takes it. */
export const makeOutput = (stream: Writable): Output => {
  let end: ReturnType<Output["end"]> = "open"
  let room: Array<() => void> = []
  const endings: Array<() => void> = []
  const { giveBack, lend } = makeBuffers()

  const resume = (): void => {
    const waiting = room
    room = []
    for (const go of waiting) go()
  }
  const stop = (how: "closed" | "failed"): void => {
    if (end !== "open") return
    end = how
    resume()
    for (const callback of endings) callback()
  }

  stream.on("drain", resume)
  stream.on("error", (error) => stop(isClosing(error) ? "closed" : "failed"))
  stream.on("close", () => stop("closed"))

  return {
    lend,
    write: (lines) => {
      if (end !== "open" || lines.length === 0) return done
      // One system call for lines that belong together, without holding any back.
      stream.cork()
      for (const line of lines) {
        if (typeof line === "string") stream.write(line)
        else stream.write(line, () => giveBack(line))
      }
      stream.uncork()
      return stream.writableNeedDrain ? new Promise((go) => room.push(go)) : done
    },
    flush: () => (end === "open" ? new Promise((go) => stream.write("", () => go())) : done),
    onEnd: (callback) => {
      if (end === "open") endings.push(callback)
      else callback()
    },
    end: () => end
  }
}
