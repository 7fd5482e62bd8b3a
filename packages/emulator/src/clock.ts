import type { Clock } from "./interface.ts"

/** The emulator's own time: runs with real time from a chosen start and can be moved. */
export function makeClock(startMs: number | undefined): Clock {
  let offsetMs = startMs === undefined ? 0 : startMs - Date.now()
  return {
    dateHeader: true,
    dateSkewMs: 0,
    now: () => Date.now() + offsetMs,
    advance: (ms) => {
      offsetMs += ms
    },
    set: (ms) => {
      offsetMs = ms - Date.now()
    }
  }
}

/** How a time is written: v2 `…T…Z`, v1 `… …`, RFC3339 with milliseconds, or a date alone. */
export type TimeStyle = "v2" | "v1" | "ms" | "date"

const two = (value: number): string => (value < 10 ? `0${value}` : String(value))

const days = new Map<number, string>()

function dayText(day: number): string {
  let text = days.get(day)
  if (text === undefined) {
    text = new Date(day * 86_400_000).toISOString().slice(0, 10)
    if (days.size > 40_000) days.clear()
    days.set(day, text)
  }
  return text
}

/** Text of a time without quotes. */
export function timeText(ms: number, style: TimeStyle): string {
  const day = Math.floor(ms / 86_400_000)
  const date = dayText(day)
  if (style === "date") return date
  const rest = ms - day * 86_400_000
  const seconds = Math.floor(rest / 1000)
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  if (style === "v1") return `${date} ${clock}`
  if (style === "v2") return `${date}T${clock}Z`
  return `${date}T${clock}.${String(Math.floor(rest % 1000)).padStart(3, "0")}Z`
}

/** Milliseconds of any of the texts above; NaN when it is none. */
export function parseTime(text: string): number {
  return Date.parse(text.includes("T") ? text : text.length > 10 ? `${text.replace(" ", "T")}Z` : text)
}
