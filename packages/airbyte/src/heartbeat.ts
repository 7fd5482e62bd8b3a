import { fs } from "./node.ts"
import type { Lines } from "./protocol.ts"
import type { Output } from "./stdout.ts"

/** Short enough to notice within five seconds that the reader has left. */
const silenceMs = 3_000

/** Whether a file descriptor has a reader that can leave: a pipe or a socket. */
export const hasReader = (fd: number): boolean => {
  try {
    const stat = fs.fstatSync(fd)
    return stat.isFIFO() || stat.isSocket()
  } catch {
    return false
  }
}

/**
 * An output that writes a line of its own when nothing was written for a while. Only a write to a pipe reveals that its
 * reader has left, so a source that waits would otherwise continue for nobody.
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
    // A write that waits for room reports a reader that leaves.
    if (waiting > 0) timer.refresh()
    else void write([line()])
  }, silenceMs)
  timer.unref()
  return { output: { ...output, write }, stop: () => clearTimeout(timer) }
}
