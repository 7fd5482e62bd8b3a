/**
 * What a person at a terminal sees of a read: one line with counts that is redrawn in place, and failures above it.
 * Counting events in a `Tally` and drawing it are apart.
 */
import type { Event } from "@pipedrive-source/core/connection"

/** What a person watching a read wants to know. */
export interface Tally {
  readonly startedMs: number
  readonly open: Map<string, number>
  ended: number
  failed: number
  rows: number
  requests: number
  tokens: number
}

/** An empty tally. */
export const makeTally = (startedMs: number): Tally => ({
  startedMs,
  open: new Map(),
  ended: 0,
  failed: 0,
  rows: 0,
  requests: 0,
  tokens: 0
})

/** Adds one event. */
export const count = (tally: Tally, event: Event): void => {
  switch (event._tag) {
    case "Started":
      tally.open.set(event.stream, 0)
      return
    case "Records": {
      const rows = event.rows.spans.length / 2
      tally.open.set(event.stream, (tally.open.get(event.stream) ?? 0) + rows)
      tally.rows += rows
      return
    }
    case "Ended":
      tally.open.delete(event.stream)
      tally.ended++
      if (event.error !== undefined) tally.failed++
      tally.requests += event.summary.requests
      tally.tokens += event.summary.tokens
      return
    case "Checkpoint":
    case "RateLimited":
    case "ConfigChanged":
    case "Log":
      return
  }
}

/** The tally in one line that fits the terminal. */
export const progressLine = (tally: Tally, nowMs: number, columns: number): string => {
  const seconds = Math.max(0.001, (nowMs - tally.startedMs) / 1000)
  const open = [...tally.open].map(([stream, rows]) => `${stream} ${rows}`).join(", ")
  const text = [
    `${tally.ended} ${tally.ended === 1 ? "stream" : "streams"} done${tally.failed > 0 ? `, ${tally.failed} failed` : ""}`,
    `${tally.rows} rows, ${Math.round(tally.rows / seconds)}/s`,
    ...(tally.requests > 0 ? [`${tally.requests} requests, ${tally.tokens} tokens in finished streams`] : []),
    `${Math.floor(seconds)} s`,
    ...(open === "" ? [] : [`now: ${open}`])
  ].join(" · ")
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`
}

/** Shows a person at a terminal the progress of a run whose messages go elsewhere. */
export interface Progress {
  readonly show: (event: Event) => void
  /** Shows a failure. */
  readonly tell: (message: string) => void
  readonly close: () => void
}

const silent: Progress = { show: () => {}, tell: () => {}, close: () => {} }

/** How often per second the line is redrawn. */
const framesPerSecond = 5

/**
 * A line on the terminal that counts along from the first stream on, and failures above it. Nothing is shown if stderr
 * is not a terminal, or if stdout writes to it, too.
 */
export const makeProgress = (terminal: NodeJS.WriteStream, isShared: boolean): Progress => {
  if (!terminal.isTTY || isShared) return silent
  const clear = "\r\u001b[2K"
  const tally = makeTally(Date.now())
  let timer: NodeJS.Timeout | undefined
  const draw = (): void => {
    terminal.write(`${clear}${progressLine(tally, Date.now(), terminal.columns)}`)
  }
  return {
    show: (event) => {
      count(tally, event)
      if (event._tag !== "Started" || timer !== undefined) return
      timer = setInterval(draw, 1000 / framesPerSecond)
      timer.unref()
    },
    tell: (message) => terminal.write(`${clear}${message}\n`),
    close: () => {
      if (timer === undefined) return
      clearInterval(timer)
      draw()
      terminal.write("\n")
    }
  }
}
