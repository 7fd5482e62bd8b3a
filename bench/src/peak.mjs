// Loaded before a program: writes the most memory it had, in KiB, to file descriptor 3 as it ends. No TypeScript, as
// Node's reading of it takes memory itself.
import { readFileSync, writeSync } from "node:fs"

const peakKiB = () => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1])
  } catch {
    return process.resourceUsage().maxRSS
  }
}
process.on("exit", () => writeSync(3, String(peakKiB())))
