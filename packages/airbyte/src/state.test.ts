import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { repeatedStates, statesOf } from "./state.ts"

const read = (state: unknown) => Object.fromEntries(Result.getOrThrow(statesOf(state)))
const refusal = (state: unknown): string =>
  Result.match(statesOf(state), { onSuccess: () => "accepted", onFailure: ({ message }) => message })

const marks = { deals: { update_time: "2025-01-01T00:00:00Z" }, users: { modified: "2023-06-20 03:14:34" } }
const streamState = (name: string, state: unknown) => ({ stream_descriptor: { name }, stream_state: state })
const streamStates = Object.entries(marks).map(([name, state]) => streamState(name, state))

describe("a state file", () => {
  it.each([
    ["absent or empty", undefined],
    ["null", null],
    ["an empty object", {}],
    ["an empty list", []],
    ["a stream's null", [{ type: "STREAM", stream: streamState("deals", null) }]],
    ["a stream without a state", [{ type: "STREAM", stream: { stream_descriptor: { name: "deals" } } }]],
    ["an older map with a null", { deals: null }],
    ["an empty older wrapper", [{ type: "LEGACY", data: null }]],
    ["a global state without streams", [{ type: "GLOBAL", global: { shared_state: null, stream_states: null } }]]
  ])("holds nothing where it is %s", (_, state) => {
    expect(read(state)).toEqual({})
  })

  it.each([
    ["a list", streamStates.map((stream) => ({ type: "STREAM", stream }))],
    [
      "a list with nulls and extra keys",
      streamStates.map((stream) => ({
        type: "STREAM",
        stream: { ...stream, stream_descriptor: { ...stream.stream_descriptor, namespace: null } },
        global_: null,
        global: null,
        data: null,
        sourceStats: { recordCount: 1 },
        destinationStats: null,
        id: 4
      }))
    ],
    ["a list without types", streamStates.map((stream) => ({ stream }))],
    ["one element outside a list", { type: "GLOBAL", global: { stream_states: streamStates } }],
    ["a global state", [{ type: "GLOBAL", global: { shared_state: null, stream_states: streamStates } }]],
    ["an older map", marks],
    ["an older map in its wrapper", { type: "LEGACY", data: marks }],
    ["an older map in a list", [{ data: marks }]],
    ["whole lines of an output", streamStates.map((stream) => ({ type: "STATE", state: { type: "STREAM", stream } }))]
  ])("may be %s", (_, state) => {
    expect(read(state)).toEqual(marks)
  })

  it("may name any stream, and the last state of one holds", () => {
    const states = ["activites", "deals", "deals"].map((name, at) => ({ stream: streamState(name, { at }) }))
    expect(read(states)).toEqual({ activites: { at: 0 }, deals: { at: 2 } })
  })

  it("passes on what it does not understand", () => {
    const state = { __ab_full_refresh_sync_complete: true, _ab: { v: 1 } }
    expect(read([{ type: "STREAM", stream: streamState("deals", state) }])).toEqual({ deals: state })
    expect(read([{ type: "STREAM", stream: streamState("deals", {}) }])).toEqual({ deals: {} })
  })

  it("hands on what is no object, for the stream to refuse", () => {
    expect(read([{ type: "STREAM", stream: streamState("deals", "2025") }])).toEqual({ deals: "2025" })
    expect(read({ deals: "2025" })).toEqual({ deals: "2025" })
  })

  it.each([
    ["a text", "deals", "neither a list nor an object"],
    ["a number", 7, "neither a list nor an object"],
    ["a list of texts", ["deals"], "element 1 is not an object"],
    ["a list with a null", [{ stream: streamState("deals", {}) }, null], "element 2 is not an object"],
    ["a message of another kind", { type: "RECORD", record: {} }, "it is a message of type RECORD"],
    ["an element of no kind", [{ type: "STREAM" }], "element 1 contains neither"],
    ["a stream without a name", [{ stream: { stream_state: {} } }], "element 1.stream[0] names no stream"],
    ["a global state of no list", [{ global: { stream_states: {} } }], "element 1.global.stream_states is not a list"]
  ])("is refused where it is %s", (_, state, words) => {
    expect(refusal(state)).toContain(words)
  })
})

describe("several states of a stream", () => {
  const of = (...states: ReadonlyArray<unknown>) =>
    states.map((state) => ({ type: "STREAM", stream: streamState("deals", state) }))
  const lines = (...states: ReadonlyArray<unknown>) => of(...states).map((state) => ({ type: "STATE", state }))
  const [a, b] = [{ update_time: "2026-01-01" }, { update_time: "2026-01-02" }]

  it.each([
    ["a list with two that differ", of(a, b), ["deals"]],
    ["a list whose last one is empty", of(a, {}), ["deals"]],
    ["a list with the same one twice", of(a, a), []],
    ["a list with a null", of(a, null), []],
    ["lines of an output, each of which replaces the one before", lines(a, b), []],
    ["lines of an output that end with an empty one", lines(a, b, {}), ["deals"]],
    ["no state", undefined, []],
    ["what is no state", 5, []]
  ])("are told of in %s", (_, state, streams) => expect(repeatedStates(state)).toEqual(streams))
})
