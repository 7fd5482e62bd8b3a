import { type PeopleSource, readJson } from "@pipedrive-source/airbyte/host"
import type { SourceStream } from "@pipedrive-source/core"
import { isObject, type JsonObject } from "@pipedrive-source/core/reader"
import { declared, updateCatalog } from "./discover.ts"
import { type Estimate, estimateChildren, estimateDefinitions, estimateList, wholeReason } from "./estimate.ts"
import { catalogPath, type Paths, readCatalog } from "./folder.ts"
import { openFolder, type Session, successOf, whoAmI } from "./session.ts"
import { type Size, sizeOf } from "./sizes.ts"
import { loadDuckDb } from "./target.ts"
import { bar, colours, count, counted, say, sayJson, table, wrapped } from "./terminal.ts"

export interface PlanOptions extends Paths {
  readonly to?: string
  readonly state?: string
  readonly json: boolean
}

type States = ReadonlyMap<string, JsonObject>

/** The stream and state of a STATE message or of an element of a state file. */
const stateIn = (entry: unknown): readonly [string, JsonObject] | undefined => {
  const inner = isObject(entry) && isObject(entry.state) ? entry.state : entry
  const stream = isObject(inner) && isObject(inner.stream) ? inner.stream : undefined
  const name = isObject(stream?.stream_descriptor) ? stream.stream_descriptor.name : undefined
  return typeof name === "string" && isObject(stream?.stream_state) ? [name, stream.stream_state] : undefined
}

const statesOf = async ({ state, to }: PlanOptions): Promise<States> => {
  if (to !== undefined) return (await loadDuckDb()).readTargetStates(to)
  if (state === undefined) return new Map()
  const read = successOf(readJson(state, "state"))
  return new Map(
    (Array.isArray(read) ? read : [read]).flatMap((entry) => {
      const found = stateIn(entry)
      return found === undefined ? [] : [found]
    })
  )
}

/** Estimates each stream, parents that are read for their children alone included. */
const estimateAll = async (
  session: Session,
  streams: ReadonlyArray<SourceStream>,
  states: States
): Promise<ReadonlyArray<Estimate>> => {
  const nowMs = Date.now()
  const sizes = new Map<string, Size>()
  const measured = async (stream: SourceStream): Promise<Size> => {
    const size = sizes.get(stream.name) ?? (await sizeOf(session, stream))
    sizes.set(stream.name, size)
    return size
  }
  const byName = new Map(session.source.streams.map((stream) => [stream.name, stream]))
  const selected = new Set(streams.map(({ name }) => name))
  const estimates: Array<Estimate> = []
  const extra = new Set<string>()
  for (const stream of streams) {
    const state = states.get(stream.name)
    if (stream.parents === undefined) {
      const why = wholeReason(stream, state, session.config().raw, nowMs)
      estimates.push(estimateList(stream, state, why === undefined ? undefined : await measured(stream), why, nowMs))
      continue
    }
    const parents = stream.parents.streams.flatMap((name) => byName.get(name) ?? [])
    for (const parent of parents) if (!selected.has(parent.name)) extra.add(parent.name)
    const known =
      state === undefined ? await Promise.all(parents.filter(({ parents }) => parents === undefined).map(measured)) : []
    estimates.push(estimateChildren(stream, state, known))
  }
  for (const name of extra) {
    const parent = byName.get(name)
    if (parent === undefined || parent.parents !== undefined) continue
    const size = sizes.get(name)
    estimates.push({
      ...estimateList(parent, undefined, size, size === undefined ? undefined : "read for its children", nowMs)
    })
  }
  return estimates
}

const minutesOf = (requests: number, burst: number | undefined): number => (requests * 2) / ((burst ?? 20) * 0.97) / 60

const BAR = 16

const show = (
  estimates: ReadonlyArray<Estimate>,
  total: { tokens: number; requests: number },
  session: Session
): void => {
  const most = Math.max(1, ...estimates.map(({ tokens }) => tokens))
  const isLive = process.stdout.isTTY === true
  say(
    table(
      ["stream", "requests", "tokens", "how known", ...(isLive ? [""] : [])],
      [...estimates]
        .sort((one, other) => other.tokens - one.tokens)
        .map(({ basis, requests, stream, tokens }) => [
          stream,
          requests,
          tokens,
          basis,
          ...(isLive ? [colours.cyan(bar(tokens / most, BAR))] : [])
        ])
    )
  )
  const { burst, daily, left } = session.meter
  const whole = daily()
  const share = whole === undefined ? "" : `, ${((total.tokens / whole) * 100).toFixed(1)} % of a day's`
  say()
  say(
    `${counted(total.requests, "request")}, ${counted(total.tokens, "token")}${share}; at least ${minutesOf(total.requests, burst()).toFixed(1)} minutes.`
  )
  const remaining = left()
  if (remaining !== undefined && remaining < total.tokens)
    say(
      colours.yellow(
        wrapped(`Only ${count(remaining)} tokens are left today: the sync goes on tomorrow where it stops.`)
      )
    )
  const costly = [...estimates]
    .sort((one, other) => other.tokens - one.tokens)
    .slice(0, 3)
    .filter(({ tokens }) => tokens > total.tokens / 10)
  if (costly.length > 0)
    say(
      wrapped(
        `To save most, leave out: ${costly.map(({ stream, tokens }) => `${stream} (${count(tokens)})`).join(", ")}.`
      )
    )
}

/** Says what the next read costs. */
export const plan = async (people: PeopleSource, options: PlanOptions): Promise<void> => {
  const session = await openFolder(people, options)
  try {
    await whoAmI(session)
    const { selected } = updateCatalog(session, readCatalog(catalogPath(options)), declared(session))
    const states = await statesOf(options)
    const streams = selected.map(({ stream }) => stream)
    const estimates = [
      ...(await estimateAll(session, streams, states)),
      ...estimateDefinitions(streams, session.config().raw)
    ]
    const sum = (of: "tokens" | "requests") => estimates.reduce((all, each) => all + each[of], 0)
    const total = { tokens: sum("tokens"), requests: sum("requests") }
    if (!options.json) return show(estimates, total, session)
    const { burst, daily, left } = session.meter
    const whole = daily()
    sayJson({
      total: {
        ...total,
        minutes: minutesOf(total.requests, burst()),
        ...(whole !== undefined && { share_of_day: total.tokens / whole }),
        ...(left() !== undefined && { tokens_left: left() })
      },
      streams: estimates,
      spent_on_asking: session.meter.requests()
    })
  } finally {
    session.close()
  }
}
