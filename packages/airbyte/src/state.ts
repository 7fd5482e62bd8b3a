import { ConfigError, isObject } from "@pipedrive-source/core/reader"
import * as Result from "effect/Result"

/** State by stream, each as the file has it: what it means, and whether it can be read, is the reader's to say. */
export type States = ReadonlyMap<string, unknown>

type Entries = Result.Result<ReadonlyArray<readonly [string, unknown]>, ConfigError>

const refuse = (what: string): Result.Result<never, ConfigError> =>
  Result.fail(new ConfigError({ message: `The state cannot be read: ${what}.` }))

const streamEntries = (states: unknown, where: string): Entries => {
  if (!Array.isArray(states)) return refuse(`${where} is not a list`)
  const entries: Array<readonly [string, unknown]> = []
  for (const [index, state] of states.entries()) {
    const descriptor = isObject(state) ? state.stream_descriptor : undefined
    const name = isObject(descriptor) ? descriptor.name : undefined
    if (typeof name !== "string") return refuse(`${where}[${index}] names no stream`)
    entries.push([name, state.stream_state])
  }
  return Result.succeed(entries)
}

/** The oldest form: an object with one member a stream. */
const legacyEntries = (states: unknown, where: string): Entries =>
  isObject(states) ? Result.succeed(Object.entries(states)) : refuse(`${where} is not an object`)

const kinds: ReadonlyArray<unknown> = ["STREAM", "GLOBAL", "LEGACY", "STATE"]

/** One element of the list; members that are null count as absent. */
const messageEntries = (message: unknown, where: string): Entries => {
  if (!isObject(message)) return refuse(`${where} is not an object`)
  // A whole line of an earlier run's output.
  if (message.type === "STATE") return messageEntries(message.state, `${where}.state`)
  if (isObject(message.stream)) return streamEntries([message.stream], `${where}.stream`)
  const whole = message.global ?? message.global_
  if (isObject(whole)) return streamEntries(whole.stream_states ?? [], `${where}.global.stream_states`)
  if (isObject(message.data)) return legacyEntries(message.data, `${where}.data`)
  if (message.type === "LEGACY") return Result.succeed([])
  return refuse(`${where} holds neither "stream" nor "global" nor "data"`)
}

const entriesOf = (state: unknown): Entries => {
  if (state === undefined || state === null) return Result.succeed([])
  if (Array.isArray(state)) {
    const entries: Array<readonly [string, unknown]> = []
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

/** Reads a state file's content in every form a platform or an older version gives; a stream without state is absent. */
export const statesOf = (state: unknown): Result.Result<States, ConfigError> =>
  Result.map(
    entriesOf(state),
    (entries) => new Map(entries.filter(([, streamState]) => streamState !== undefined && streamState !== null))
  )
