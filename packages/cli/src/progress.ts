import { type Event, rowCount } from "@pipedrive-source/core/reader"
import type { Meter } from "./meter.ts"
import { colours, count, counted, tell, width } from "./terminal.ts"

/** What somebody who waits sees of a read: at a terminal a line for each running stream, else a line at its end. */
export interface Progress {
  readonly show: (event: Event) => void
  /** Says something that stays. */
  readonly say: (text: string) => void
  readonly close: () => void
}

const FRAME_MS = 200
/** More running streams than this are counted, not listed. */
const MOST_LINES = 8

interface Running {
  readonly beganMs: number
  rows: number
}

const rate = (rows: number, ms: number): string => `${count(rows / Math.max(0.001, ms / 1000))} rows/s`

/** How long a stream takes that is to have so many rows; nothing where that is not known, or was too few. */
const timeLeft = ({ rows }: Running, ms: number, expected: number | undefined): string => {
  if (expected === undefined || rows === 0 || rows >= expected) return ""
  const seconds = ((expected - rows) / rows) * (ms / 1000)
  return seconds < 60 ? `about ${Math.ceil(seconds)} s left` : `about ${count(Math.ceil(seconds / 60))} min left`
}

const tokensText = (meter: Meter): string => {
  const left = meter.left()
  return `${counted(meter.requests(), "request")}${left === undefined ? "" : `, ${count(left)} tokens left today`}`
}

const fit = (line: string): string => {
  const columns = width(process.stderr) - 1
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`
}

interface Frame {
  readonly running: ReadonlyMap<string, Running>
  /** Rows that streams are to have, as far as it is known. */
  readonly expected: ReadonlyMap<string, number>
  readonly ended: number
  readonly rows: number
  readonly meter: Meter
}

const frameOf = ({ ended, expected, meter, rows, running }: Frame): Array<string> => {
  const nowMs = performance.now()
  const longest = Math.max(...[...running.keys()].map((name) => name.length), 0)
  const lines = [...running].slice(0, MOST_LINES).map(([name, own]) => {
    const ms = nowMs - own.beganMs
    const left = timeLeft(own, ms, expected.get(name))
    return fit(
      `  ${name.padEnd(longest)}  ${counted(own.rows, "row").padStart(14)}  ${rate(own.rows, ms)}  ${left}`.trimEnd()
    )
  })
  if (running.size > MOST_LINES) lines.push(`  and ${counted(running.size - MOST_LINES, "stream")} more`)
  return [...lines, fit(`${counted(ended, "stream")} done, ${counted(rows, "row")}, ${tokensText(meter)}`)]
}

/**
 * Shows how a read goes.
 *
 * @param expected rows that streams are to have, as far as it is known
 */
export const makeProgress = (meter: Meter, isQuiet: boolean, expected: ReadonlyMap<string, number>): Progress => {
  const terminal = process.stderr
  const isLive = terminal.isTTY === true && !isQuiet
  const running = new Map<string, Running>()
  let ended = 0
  let rows = 0
  let drawn = 0
  const erase = (): void => {
    if (drawn > 0) terminal.write(`\u001b[${drawn}A\u001b[J`)
    drawn = 0
  }
  const draw = (): void => {
    erase()
    const lines = frameOf({ running, expected, ended, rows, meter })
    terminal.write(`${lines.join("\n")}\n`)
    drawn = lines.length
  }
  const timer = isLive ? setInterval(draw, FRAME_MS) : undefined
  timer?.unref()
  const say = (text: string): void => {
    erase()
    tell(text)
  }
  return {
    say,
    show: (event) => {
      switch (event._tag) {
        case "Started":
          running.set(event.stream, { beganMs: performance.now(), rows: 0 })
          return
        case "Records": {
          const stream = running.get(event.stream)
          if (stream !== undefined) stream.rows += rowCount(event.rows)
          rows += rowCount(event.rows)
          return
        }
        case "Ended": {
          running.delete(event.stream)
          ended++
          const { rows: read, seconds } = event.summary
          if (event.error !== undefined) say(colours.red(`${event.stream}: ${event.error.message}`))
          else if (!isLive && !isQuiet) tell(`${event.stream}: ${counted(read, "row")} in ${seconds.toFixed(1)} s`)
          return
        }
        case "RateLimited":
          if (!isQuiet) say(`${event.stream}: waits for the daily budget.`)
          return
        case "Checkpoint":
        case "ConfigChanged":
        case "Log":
          return
      }
    },
    close: () => {
      clearInterval(timer)
      erase()
    }
  }
}
