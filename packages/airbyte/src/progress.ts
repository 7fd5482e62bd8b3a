import type { Event } from "@pipedrive-source/core/reader"

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

/** Counts one event in. */
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
    `${tally.ended} streams done${tally.failed > 0 ? `, ${tally.failed} failed` : ""}`,
    `${tally.rows} rows, ${Math.round(tally.rows / seconds)}/s`,
    ...(tally.requests > 0 ? [`${tally.requests} requests, ${tally.tokens} tokens in the streams done`] : []),
    `${Math.floor(seconds)} s`,
    ...(open === "" ? [] : [`now: ${open}`])
  ].join(" · ")
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`
}

/** A display of a read's progress. */
export interface Progress {
  readonly show: (event: Event) => void
  readonly close: () => void
}

const silent: Progress = { show: () => {}, close: () => {} }

/** Times a second that the line is drawn anew. */
const framesPerSecond = 5

/** A line on the terminal that counts along; nothing at all where stderr is no terminal, or stdout writes on it too. */
export const makeProgress = (terminal: NodeJS.WriteStream, isShared: boolean): Progress => {
  if (!terminal.isTTY || isShared) return silent
  const tally = makeTally(Date.now())
  const draw = (): void => {
    terminal.write(`\r\u001b[2K${progressLine(tally, Date.now(), terminal.columns)}`)
  }
  const timer = setInterval(draw, 1000 / framesPerSecond)
  timer.unref()
  return {
    show: (event) => count(tally, event),
    close: () => {
      clearInterval(timer)
      draw()
      terminal.write("\n")
    }
  }
}
