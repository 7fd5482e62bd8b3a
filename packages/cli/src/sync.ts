import { keepYoungHeapSmall, watchSignals } from "@pipedrive-source/airbyte/host"
import { cursorFieldOf } from "@pipedrive-source/core"
import { CHECK_TOKENS, type Event, type JsonObject, type Me, readSource } from "@pipedrive-source/core/reader"
import type { TableSpec, Warehouse } from "@pipedrive-source/duckdb"
import * as Effect from "effect/Effect"
import { type Discovered, discover, namesIn, type SelectedStream, updateCatalog } from "./discover.ts"
import { Failure } from "./failure.ts"
import { catalogPath, type Paths, readCatalog, writeCatalog } from "./folder.ts"
import { outcomeJson, showOutcome } from "./outcome.ts"
import { makeProgress } from "./progress.ts"
import { openFolder, type Session, whoAmI } from "./session.ts"
import { openTarget } from "./target.ts"
import { say, sayJson, wrapped } from "./terminal.ts"

export interface SyncOptions extends Paths {
  readonly to: string
  /** Streams to read anew. */
  readonly refresh: ReadonlyArray<string>
  readonly json: boolean
}

const specOf = ({ mode, properties, stream }: SelectedStream, refresh: ReadonlySet<string>): TableSpec => {
  const cursorField = cursorFieldOf(stream)
  return {
    name: stream.name,
    properties,
    primaryKey: stream.primaryKey,
    mode: mode === "full_refresh" ? "replace" : "merge",
    refresh: refresh.has(stream.name),
    ...(cursorField !== undefined && { cursorField })
  }
}

/** What is to be read. */
interface Selection extends Pick<Discovered, "definitions" | "tokens"> {
  readonly selected: ReadonlyArray<SelectedStream>
}

/** The selected streams; the catalog's file is brought up to date. */
const selectStreams = async (session: Session, options: SyncOptions): Promise<Selection> => {
  const path = catalogPath(options)
  const kept = readCatalog(path)
  const { definitions, streams, tokens } = await discover(session, namesIn(kept))
  const { catalog, gained, isChanged, selected } = updateCatalog(session, kept, streams)
  const unknown = options.refresh.find((name) => !selected.some(({ stream }) => stream.name === name))
  if (unknown !== undefined)
    throw new Failure(
      `--refresh names ${unknown}, which ${path} does not select. It selects: ${selected.map(({ stream }) => stream.name).join(", ")}.`,
      2
    )
  if (isChanged) writeCatalog(path, catalog)
  if (gained.size > 0 && !options.json) {
    const names = [...gained].map(([stream, columns]) => `${stream} (${columns.join(", ")})`)
    say(
      wrapped(
        `New columns: ${names.join("; ")}. Rows that do not change get them with --refresh ${[...gained.keys()].join(",")}.`
      )
    )
  }
  return { selected, definitions, tokens }
}

/** Company number, without which a file could take rows of two companies. */
const companyOf = ({ company, companyId }: Me) => {
  if (companyId === undefined)
    throw new Failure(
      "Pipedrive's answer does not say which company the token is of, so nothing is written. Try again later."
    )
  return { id: companyId, name: company }
}

/** Reads the streams into the warehouse. What was read when it is stopped is written. */
const readInto = async (
  session: Session,
  warehouse: Warehouse,
  { definitions, selected }: Selection,
  states: ReadonlyMap<string, JsonObject>,
  options: SyncOptions,
  signal: AbortSignal
) => {
  const progress = makeProgress(session.meter, options.json, warehouse.expected())
  const complete = new Set<string>()
  const failures = new Map<string, string>()
  let tokens = 0
  const stop = new AbortController()
  signal.addEventListener("abort", () => stop.abort())
  let failure: unknown
  const fail = (error: unknown): void => {
    failure ??= error
    stop.abort()
  }
  const emit = (event: Event): Effect.Effect<void> =>
    Effect.suspend(() => {
      progress.show(event._tag === "Ended" && event.error !== undefined ? redacted(session, event) : event)
      switch (event._tag) {
        case "Records":
          // The rows are taken at once; what is waited for is room.
          return Effect.promise(() => warehouse.rows(event.stream, event.rows).catch(fail))
        case "Checkpoint":
          warehouse.checkpoint(event.stream, event.state)
          return Effect.void
        case "Ended":
          tokens += event.summary.tokens
          if (event.error === undefined) {
            complete.add(event.stream)
            warehouse.complete(event.stream)
          } else failures.set(event.stream, session.redactor.redact(event.error.message))
          return Effect.void
        case "ConfigChanged":
          return Effect.sync(() => session.changed(event.config))
        case "Log":
          if (event.level === "WARN") progress.say(wrapped(session.redactor.redact(event.message)))
          return Effect.void
        case "Started":
        case "RateLimited":
          return Effect.void
      }
    })
  const reading = readSource({
    source: session.source,
    config: session.config(),
    selection: selected.map(({ mode, properties, stream }) => ({ stream: stream.name, mode, properties })),
    states,
    definitions,
    send: session.meter.send,
    emit,
    userAgent: session.userAgent
  })
  await session
    .run(reading, { signal: stop.signal })
    .catch((error) => {
      if (!stop.signal.aborted) throw error
    })
    .finally(progress.close)
  if (failure !== undefined) throw failure
  return { complete, failures, tokens }
}

const redacted = (session: Session, event: Event & { readonly _tag: "Ended" }): Event => {
  if (event.error === undefined) return event
  const message = session.redactor.redact(event.error.message)
  return { ...event, error: Object.assign(Object.create(event.error), { message }) }
}

/** Reads what is new in an account into tables. */
export const sync = async (session: Session, options: SyncOptions, signal: AbortSignal): Promise<number> => {
  const began = performance.now()
  const selection = await selectStreams(session, options)
  const warehouse = await openTarget(options.to)
  try {
    // Also renews a token that is about to expire, and saves it before any row.
    const me = await whoAmI(session)
    const refresh = new Set(options.refresh)
    const states = await warehouse.begin(
      companyOf(me),
      selection.selected.map((each) => specOf(each, refresh))
    )
    const { complete, failures, tokens } = await readInto(session, warehouse, selection, states, options, signal)
    await warehouse.flush()
    const tables = await warehouse.report()
    const outcome = {
      tables,
      complete,
      failures,
      tokens: selection.tokens + CHECK_TOKENS + tokens,
      requests: session.meter.requests(),
      seconds: (performance.now() - began) / 1000
    }
    if (options.json) sayJson(outcomeJson(outcome, me, session))
    else showOutcome(outcome, options.to, session)
    return failures.size > 0 ? 1 : 0
  } finally {
    await warehouse.close()
  }
}

/** Runs `sync` to its end, or to the signal that stops it. */
export const runSync = async (people: Parameters<typeof openFolder>[0], options: SyncOptions): Promise<void> => {
  const session = await openFolder(people, options)
  const stop = new AbortController()
  keepYoungHeapSmall()
  const signals = watchSignals(() => stop.abort())
  try {
    process.exitCode = await sync(session, options, stop.signal)
  } finally {
    session.close()
    const signal = signals.received()
    if (signal !== undefined) signals.die(signal)
    else signals.release()
  }
}
