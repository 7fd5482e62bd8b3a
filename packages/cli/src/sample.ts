import type { PeopleSource } from "@pipedrive-source/airbyte/host"
import { type Event, isObject, readSource } from "@pipedrive-source/core/reader"
import * as Effect from "effect/Effect"
import { Failure } from "./failure.ts"
import { configPath, type Paths, readConfig } from "./folder.ts"
import { textsOf } from "./rows.ts"
import { configForLook, openSession, type Session } from "./session.ts"
import { colours, counted, say, tell, width, wrapped } from "./terminal.ts"

export interface SampleOptions extends Paths {
  readonly rows: string
  readonly json: boolean
}

/** The first rows of a stream, as JSON texts. */
const firstRows = async (session: Session, stream: string, most: number): Promise<ReadonlyArray<string>> => {
  const texts: Array<string> = []
  const stop = new AbortController()
  let failure: string | undefined
  const emit = (event: Event): Effect.Effect<void> =>
    Effect.sync(() => {
      switch (event._tag) {
        case "Records":
          texts.push(...textsOf(event.rows).slice(0, most - texts.length))
          if (texts.length >= most) stop.abort()
          return
        case "Ended":
          failure = event.error?.message
          return
        case "ConfigChanged":
          return session.changed(event.config)
        case "Log":
          if (event.level === "WARN") tell(wrapped(session.redactor.redact(event.message)))
          return
        case "Started":
        case "Checkpoint":
        case "RateLimited":
          return
      }
    })
  const reading = readSource({
    source: session.source,
    config: { ...configForLook(session), customFields: session.config().customFields },
    selection: [{ stream, mode: "incremental" }],
    states: new Map(),
    send: session.meter.send,
    emit,
    userAgent: session.userAgent
  })
  await session.run(reading, { signal: stop.signal }).catch((error) => {
    if (!stop.signal.aborted) throw error
  })
  if (failure !== undefined && texts.length < most) throw new Failure(session.redactor.redact(failure))
  return texts
}

const cut = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`

/** A row with a line for each value that it has. */
const shown = (text: string): string => {
  const row: unknown = JSON.parse(text)
  if (!isObject(row)) return text
  const values = Object.entries(row).filter(([, value]) => value !== null)
  const longest = Math.min(28, Math.max(...values.map(([name]) => name.length)))
  const columns = width() - longest - 2
  return values
    .map(([name, value]) => {
      const line = (typeof value === "string" ? value : JSON.stringify(value)).replace(/\s+/g, " ")
      return `${colours.dim(cut(name, longest).padEnd(longest))}  ${cut(line, columns)}`
    })
    .join("\n")
}

/** Shows the first rows of a stream. */
export const sample = async (people: PeopleSource, stream: string, options: SampleOptions): Promise<void> => {
  const most = Number(options.rows)
  if (!Number.isInteger(most) || most < 1) throw new Failure("--rows wants a whole number from 1 on.", 2)
  const path = configPath(options)
  const session = await openSession(people, { ...readConfig(path), num_workers: 1 }, path)
  try {
    if (!session.source.streams.some(({ name }) => name === stream))
      throw new Failure(
        session.source.missing.get(stream) ?? `There is no stream ${JSON.stringify(stream)}. Run streams to see all.`,
        2
      )
    const rows = await firstRows(session, stream, most)
    if (options.json) return say(rows.length === 0 ? "[]" : `[\n${rows.join(",\n")}\n]`)
    for (const row of rows) say(`${shown(row)}\n`)
    say(`${counted(rows.length, "row")} of ${stream}; values that are null are left out. --json shows all.`)
  } finally {
    session.close()
  }
}
