import { expect } from "vitest"
import { type Bench, idsOf, type Json, type Listed, lists, local, type Outcome, secondsOf, zoned } from "./bench.ts"

/**
 * What becomes of a stream's state:
 * a time, all rows at or after it are read;
 * `whole`, it says nothing, and all rows are read;
 * `still`, its mark lies in the future: nothing is read, a warning says so, and the mark goes;
 * `list`, the list has no filter and is read whole.
 */
export type Fate = `${number}-${string}Z` | "whole" | "still" | "list"

const sinceStreams = ["deals", "deals_archived", "persons", "organizations", "activities", "products", "notes", "leads"]
const localStates = ["files", "users", "filters"]

export const requestsTo = (outcome: Outcome, stream: Listed) =>
  outcome.requests.filter(({ path }) => path === lists[stream].path)

export const isTime = (fate: Fate): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(fate)

/** What a stream asks first: the whole list, or only what changed. */
export const expectFirstRequests = (outcome: Outcome, stream: Listed, fate: Fate): void => {
  const queries = requestsTo(outcome, stream).map(({ query }) => query)
  if (fate === "still") {
    expect(queries, stream).toEqual([])
  } else if (sinceStreams.includes(stream)) {
    const asked = [...new Set(queries.map(({ updated_since }) => updated_since))]
    expect(asked, stream).toEqual([fate === "whole" ? undefined : fate])
  } else if (stream === "files") {
    // There is no filter: from a mark on the newest are read first, until an older one comes.
    const sorts = [...new Set(queries.map(({ sort }) => sort))]
    expect(sorts, stream).toEqual(fate === "whole" ? ["id ASC", "update_time DESC"] : ["update_time DESC"])
  } else {
    expect(queries.length, stream).toBe(1)
  }
}

/** The state's part that other versions read, and nothing else but this source's own. */
export const shared = (state: Json | undefined): Json => {
  const { _ab, ...rest } = state ?? {}
  return rest
}

export const expectFate = (bench: Bench, outcome: Outcome, stream: Listed, fate: Fate): void => {
  expect([outcome.error(stream)?.message, outcome.status(stream)], stream).toEqual([undefined, "COMPLETE"])
  expectFirstRequests(outcome, stream, fate)
  const from = isTime(fate) ? secondsOf(fate) : fate === "still" ? Number.POSITIVE_INFINITY : undefined
  const rows = bench.rowsFrom(stream, from)
  expect(idsOf(outcome.rows(stream)), stream).toEqual(idsOf(rows))
  if (fate === "still") {
    const warnings = outcome.messages.flatMap(({ log }) => (log?.level === "WARN" ? [log.message] : []))
    expect(
      warnings.filter((text) => text.startsWith(`${stream}: its state has a watermark`)),
      stream
    ).toHaveLength(1)
    expect(outcome.state(stream), stream).toEqual({})
    return
  }
  const { cursor } = lists[stream]
  const greatest = Math.max(...rows.map((row) => secondsOf(row[cursor])).filter((seconds) => !Number.isNaN(seconds)))
  const text = localStates.includes(stream) ? local : zoned
  const mark = Number.isFinite(greatest) ? text(greatest) : isTime(fate) ? text(secondsOf(fate)) : undefined
  expect(shared(outcome.state(stream)), stream).toEqual({ [cursor]: mark })
}

/** An element of a state file. */
export const stream = (name: string, stream_state: unknown) => ({
  type: "STREAM",
  stream: { stream_descriptor: { name }, stream_state }
})

/** A check that went well, for the price of one request. */
export const expectConnected = (outcome: Outcome): void => {
  const { connectionStatus } = outcome.messages.at(-1) ?? {}
  expect([outcome.code, connectionStatus?.status, connectionStatus?.message]).toEqual([
    0,
    "SUCCEEDED",
    expect.stringMatching(/^Connected as /)
  ])
  expect(outcome.requests.filter(({ path }) => path !== "oauth/token").map(({ path }) => path)).toEqual(["v1/users/me"])
}
