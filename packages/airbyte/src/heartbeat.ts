import { fs } from "./node.ts"
import type { Lines } from "./protocol.ts"
import type { Output } from "./stdout.ts"

/** Short enough that a reader that has left is noticed within five seconds. */
const silenceMs = 3_000

/** Whether somebody reads what is written to a file descriptor, and can leave: at the end of a pipe or a socket. */
export const hasReader = (fd: number): boolean => {
  try {
    const stat = fs.fstatSync(fd)
    return stat.isFIFO() || stat.isSocket()
  } catch {
    return false
  }
}

/**
 * An output that writes a line of its own when nothing was written for a while. A pipe tells that its reader has left at
 * the next write and at nothing else, so a source that waits would go on for nobody.
 */
export const withHeartbeat = (
  output: Output,
  line: () => Lines
): { readonly output: Output; readonly stop: () => void } => {
  let waiting = 0
  const write: Output["write"] = (lines) => {
    timer.refresh()
    const written = output.write(lines)
    waiting++
    return written.finally(() => waiting--)
  }
  const timer = setTimeout(() => {
    // A write that waits for room tells of a reader that leaves.
    if (waiting > 0) timer.refresh()
    else void write([line()])
  }, silenceMs)
  timer.unref()
  return { output: { ...output, write }, stop: () => clearTimeout(timer) }
}
