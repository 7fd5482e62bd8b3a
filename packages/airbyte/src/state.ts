/**
 * The state file, in every form that a platform or an older version writes: a list of STATE messages or states, lines of
 * a run's output, or one object with a member per stream. What a stream's state means is for the reader to say.
 */
import { ConfigError, isObject } from "@pipedrive-source/core/connection"
import * as Result from "effect/Result"

/** States by stream, each as it is in the file: whether it can be read is for the reader to say. */
export type States = ReadonlyMap<string, unknown>

/** A stream's state, and whether it is a line of a run's output, where later lines replace earlier ones. */
interface Entry {
  readonly stream: string
  readonly state: unknown
  readonly isLine: boolean
}

type Entries = Result.Result<ReadonlyArray<Entry>, ConfigError>

const refuse = (what: string): Result.Result<never, ConfigError> =>
  Result.fail(new ConfigError({ message: `The state cannot be read: ${what}.` }))

const streamEntries = (states: unknown, where: string): Entries => {
  if (!Array.isArray(states)) return refuse(`${where} is not a list`)
  const entries: Array<Entry> = []
  for (const [index, state] of states.entries()) {
    const descriptor = isObject(state) ? state.stream_descriptor : undefined
    const name = isObject(descriptor) ? descriptor.name : undefined
    if (typeof name !== "string") return refuse(`${where}[${index}] names no stream`)
    entries.push({ stream: name, state: state.stream_state, isLine: false })
  }
  return Result.succeed(entries)
}

/** The oldest form: an object with one member per stream. */
const legacyEntries = (states: unknown, where: string): Entries =>
  isObject(states)
    ? Result.succeed(Object.entries(states).map(([stream, state]) => ({ stream, state, isLine: false })))
    : refuse(`${where} is not an object`)

const kinds: ReadonlyArray<unknown> = ["STREAM", "GLOBAL", "LEGACY", "STATE"]

/** One element of the list; members that are null count as absent. */
const messageEntries = (message: unknown, where: string): Entries => {
  if (!isObject(message)) return refuse(`${where} is not an object`)
  // A whole line of an earlier run's output.
  if (message.type === "STATE") {
    const entries = messageEntries(message.state, `${where}.state`)
    return Result.map(entries, (all) => all.map((entry) => ({ ...entry, isLine: true })))
  }
  if (isObject(message.stream)) return streamEntries([message.stream], `${where}.stream`)
  const whole = message.global ?? message.global_
  if (isObject(whole)) return streamEntries(whole.stream_states ?? [], `${where}.global.stream_states`)
  if (isObject(message.data)) return legacyEntries(message.data, `${where}.data`)
  if (message.type === "LEGACY") return Result.succeed([])
  return refuse(`${where} contains neither "stream" nor "global" nor "data"`)
}

const entriesOf = (state: unknown): Entries => {
  if (state === undefined || state === null) return Result.succeed([])
  if (Array.isArray(state)) {
    const entries: Array<Entry> = []
    for (const [index, message] of state.entries()) {
      const found = messageEntries(message, `element ${index + 1}`)
      if (Result.isFailure(found)) return found
      entries.push(...found.success)
    }
    return Result.succeed(entries)
  }
  if (isObject(state)) {
    if (typeof state.type !== "string") return legacyEntries(state, "it")
    return kinds.includes(state.type) ? messageEntries(state, "it") : refuse(`it is a message of type ${state.type}`)
  }
  return refuse("it is neither a list nor an object")
}

const isGiven = ({ state }: Entry): boolean => state !== undefined && state !== null

/** Reads the content of a state file in any of its forms; a stream without state is absent. */
export const statesOf = (state: unknown): Result.Result<States, ConfigError> =>
  Result.map(
    entriesOf(state),
    (entries) => new Map(entries.filter(isGiven).map((entry): [string, unknown] => [entry.stream, entry.state]))
  )

const isEmpty = (state: unknown): boolean => isObject(state) && Object.keys(state).length === 0

/**
 * Streams with several different states in a state file. Lines of a run's output may have them, as each replaces the one
 * before, unless the last one is empty.
 */
export const repeatedStates = (state: unknown): ReadonlyArray<string> => {
  const kept = new Map<string, unknown>()
  const repeated = new Set<string>()
  for (const entry of Result.getOrElse(entriesOf(state), () => []).filter(isGiven)) {
    const before = kept.get(entry.stream)
    const isOther = before !== undefined && JSON.stringify(before) !== JSON.stringify(entry.state)
    if (isOther && (!entry.isLine || isEmpty(entry.state))) repeated.add(entry.stream)
    kept.set(entry.stream, entry.state)
  }
  return [...repeated]
}
