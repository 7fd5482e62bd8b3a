import { Clock, Effect, Fiber, Result } from "effect"
import { definePlugin } from "../../src/declare/plugin.ts"
import { cursorFieldOf, type SourceStream } from "../../src/declare/stream.ts"
import { DELETED_AT } from "../../src/deletions/option.ts"
import type { ReadError } from "../../src/errors.ts"
import type { Event, JsonObject } from "../../src/events.ts"
import { defaultRetryPolicy } from "../../src/http/retry.ts"
import { readSource } from "../../src/read/read-source.ts"
import { makeSource } from "../../src/source.ts"
import { rowsOf } from "../account.ts"
import { tokenConfig } from "../port.ts"
import type { Chance } from "../table.ts"
import type { Company } from "./company.ts"
import type { Kind } from "./kinds.ts"
import type { Server } from "./server.ts"
import type { Simulation } from "./simulation.ts"
import { type Line, type Warehouse, warehouses } from "./warehouses.ts"

/** How a run is asked for, and how it ends. */
export interface RunSettings {
  readonly tracked: boolean
  readonly allow: boolean
  readonly workers: number
  readonly startDate?: string | undefined
  /** Tokens left of the day. */
  readonly tokens?: number
  /** Events after which the process is killed, or asked to stop. */
  readonly killAfter?: number
  readonly stopAfter?: number
}

export type Reader = (settings: RunSettings, emit: (event: Event) => Effect.Effect<void>) => Effect.Effect<void>

/** One stream as its destinations know it. */
export interface Copy {
  readonly stream: SourceStream
  readonly list: "list" | "archive"
  /** Whether a row is asked for before it is taken to be gone. */
  readonly asksAgain: boolean
  readonly warehouses: ReadonlyArray<Warehouse>
  /** Keys that a tracked run has sent since tracking was last switched on: what may be told to be gone. */
  readonly named: Set<string>
}

/** Runs of a source over one company, and what destinations have made of them. */
export class History {
  readonly copies: ReadonlyArray<Copy>
  readonly wrongs: Array<string> = []
  readonly states = new Map<string, JsonObject>()
  readonly logs: Array<string> = []
  runBeganMs = 0
  readonly #kind: Kind
  readonly #company: Company
  readonly #server: Server
  readonly #sim: Simulation
  readonly #chance: Chance
  /** Whether lines behind the last state reach a destination when the process dies. */
  readonly #keepsAll: boolean
  #wasTracked = false

  constructor(kind: Kind, company: Company, server: Server, sim: Simulation, chance: Chance) {
    this.#kind = kind
    this.#company = company
    this.#server = server
    this.#sim = sim
    this.#chance = chance
    this.#keepsAll = chance.is(0.6)
    this.copies = kind.streams.map(({ list, stream }) => ({
      stream,
      list,
      asksAgain: kind.proof === "ids" || kind.proof === "singles",
      warehouses: warehouses(),
      named: new Set<string>()
    }))
  }

  /** @returns errors by stream; undefined where the process died before its end */
  async run(settings: RunSettings): Promise<ReadonlyMap<string, ReadError> | undefined> {
    const sim = this.#sim
    const company = this.#company
    this.runBeganMs = sim.nowMs
    company.epoch++
    this.#server.tokens = settings.tokens
    if (!settings.tracked || !this.#wasTracked) for (const { named } of this.copies) named.clear()
    this.#wasTracked = settings.tracked
    company.note(`RUN ${JSON.stringify(settings)}`)
    const lines = new Map<string, Array<Line>>()
    const flushed = new Map<string, Array<Line>>()
    const errors = new Map<string, ReadError>()
    let events = 0
    let killed = false
    let stopped = false
    const emit = (event: Event): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (killed) return Effect.never
        if (events++ === settings.killAfter) {
          killed = true
          return Effect.never
        }
        if (events - 1 === settings.stopAfter) stopped = true
        this.#take(event, settings.tracked, lines, flushed, errors)
        return this.#chance.is(0.1) ? sim.wait(this.#chance.between(1, 400)) : Effect.void
      })
    const fiber = Effect.runFork(this.reader(settings, emit).pipe(Effect.provideService(Clock.Clock, sim.clock)))
    let ended = false
    fiber.addObserver(() => {
      ended = true
    })
    await sim.run(() => ended || killed || stopped)
    if (stopped && !ended && !killed) {
      company.note("STOP")
      fiber.interruptUnsafe()
      await sim.run(() => ended || killed)
    }
    if (killed) {
      company.note("KILL")
      await Effect.runPromise(Fiber.interrupt(fiber))
      sim.clear()
    }
    for (const copy of this.copies) {
      const { name } = copy.stream
      const left = this.#keepsAll || !killed ? (lines.get(name) ?? []) : []
      this.#deliver(copy, [...(flushed.get(name) ?? []), ...left], settings.tracked)
    }
    return killed || stopped ? undefined : errors
  }

  /** Reads once: the source's own reader, unless a test puts another one in its place. */
  reader: Reader = (settings, emit) => {
    const all = [...(this.#kind.parents ?? []), ...this.#kind.streams.map(({ stream }) => stream)]
    const source = Result.getOrThrow(makeSource([definePlugin({ name: "test", streams: all })]))
    return readSource({
      source,
      config: tokenConfig({
        num_workers: settings.workers,
        track_deletions: settings.tracked,
        allow_mass_deletions: settings.allow,
        ...(settings.startDate !== undefined && { replication_start_date: settings.startDate })
      }),
      selection: this.#kind.streams.map(({ stream }) => ({
        stream: stream.name,
        mode: "incremental" as const,
        properties: { ...stream.columns, ...(settings.tracked && { [DELETED_AT]: {} }) }
      })),
      states: this.states,
      send: this.#server.send,
      emit,
      retryPolicy: { ...defaultRetryPolicy, tries: 3 }
    })
  }

  #take(
    event: Event,
    tracked: boolean,
    lines: Map<string, Array<Line>>,
    flushed: Map<string, Array<Line>>,
    errors: Map<string, ReadError>
  ): void {
    if (event._tag === "Log") {
      this.logs.push(event.message)
      this.#company.note(`${event.level} ${event.message}`)
    }
    if (event._tag === "Ended" && event.error !== undefined) {
      errors.set(event.stream, event.error)
      this.#company.note(`ERROR ${event.stream}: ${event.error.message}`)
    }
    const copy = this.copies.find(({ stream }) => "stream" in event && event.stream === stream.name)
    if (copy === undefined) return
    const { name } = copy.stream
    if (event._tag === "Records") {
      const own = lines.get(name) ?? []
      lines.set(name, own)
      for (const row of rowsOf(event)) own.push(this.#line(copy, row, tracked))
    }
    if (event._tag === "Checkpoint") {
      const state = JSON.parse(JSON.stringify(event.state)) as JsonObject
      this.states.set(name, state)
      this.#company.note(`STATE ${name} ${JSON.stringify(state)}`)
      flushed.set(name, [...(flushed.get(name) ?? []), ...(lines.get(name) ?? [])])
      lines.set(name, [])
    }
  }

  #line(copy: Copy, row: { readonly [column: string]: unknown }, tracked: boolean): Line {
    const { stream } = copy
    const cursor = row[cursorFieldOf(stream) ?? ""] ?? null
    const deletedAt = row[DELETED_AT] ?? null
    this.#company.note(`LINE ${stream.name} ${JSON.stringify(row)}`)
    const key = String(row["id"])
    if (DELETED_AT in row && !tracked) this.wrongs.push(`${stream.name} ${key}: marked while nothing is tracked`)
    if (DELETED_AT in row && deletedAt === null)
      this.wrongs.push(`${stream.name} ${key}: a living row has ${DELETED_AT}`)
    if (deletedAt !== null) this.#judge(copy, key, cursor)
    return {
      key,
      cursor: cursor as string | null,
      emittedMs: this.#sim.nowMs,
      deletedAt: deletedAt as string | null,
      version: row["version"] as number | undefined
    }
  }

  /** Whether a row may be marked deleted at this moment. */
  #judge({ list, stream }: Copy, key: string, cursor: unknown): void {
    const company = this.#company
    if (cursor === null) this.wrongs.push(`${stream.name} ${key}: a tombstone without a cursor`)
    const row = company.seen.get(key)
    if (row === undefined) {
      this.wrongs.push(`${stream.name} ${key}: marked deleted, and never was`)
      return
    }
    const asked = this.#server.asked.get(`${list} ${key}`)
    const wasAsked = asked !== undefined && asked.atMs >= this.runBeganMs
    // A list and its archive ask at the same address: the last answer may have been the other's.
    const isOthers = this.#kind.streams.length > 1 && asked !== undefined && asked.absentMs >= this.runBeganMs
    const answer = isOthers ? { atMs: asked.absentMs, there: false } : asked
    if (wasAsked && answer?.there)
      this.wrongs.push(`${stream.name} ${key}: marked deleted though it was there when it was asked for`)
    if (!company.isIn(key, list)) return
    const { proof } = this.#kind
    const aliveSinceMs = company.since.get(key) ?? 0
    const untilMs = proof === "singles" && wasAsked && answer !== undefined ? answer.atMs : this.#sim.nowMs
    const isLiving =
      proof === "whole" || proof === "sweeps" ? aliveSinceMs <= this.runBeganMs : aliveSinceMs <= untilMs - 30_000
    if (isLiving)
      this.wrongs.push(`${stream.name} ${key}: marked deleted, alive since ${new Date(aliveSinceMs).toISOString()}`)
  }

  #deliver(copy: Copy, lines: ReadonlyArray<Line>, tracked: boolean): void {
    if (tracked) for (const { deletedAt, key } of lines) if (deletedAt === null) copy.named.add(key)
    // A destination merges in steps of its own, and at the end of a run.
    const size = this.#chance.pick([1, 3, 1000])
    for (let at = 0; at < lines.length; at += size)
      for (const warehouse of copy.warehouses) warehouse.take(lines.slice(at, at + size))
  }
}
