/**
 * Read groups. A list is read once, for its own stream where that is selected, and for the children that need its rows.
 * Lists that have a child in common form a group: they are read one after the other, as the child's state covers both.
 */
import type { SourceStream } from "../declare/stream.ts"
import type { JsonObject } from "../events.ts"
import type { Source } from "../source.ts"
import type { DecodedState } from "../state/legacy.ts"
import type { Mode, StreamEmitter } from "./stream-emitter.ts"

/** A selected stream, ready to be read. */
export interface Selected {
  readonly stream: SourceStream
  readonly mode: Mode
  readonly decoded: DecodedState
  readonly emitter: StreamEmitter
  /** Whether rows that are gone are looked for. */
  readonly isTracked: boolean
  readonly inputState: JsonObject | undefined
  /** From a child of a list down to the stream itself; the stream alone where it is a list or a list's own child. */
  readonly ancestry: ReadonlyArray<SourceStream>
  /** Names of the lists it learns from: its own, or those at the top of its parents. */
  readonly lists: ReadonlyArray<string>
}

/** The lists at the top of a stream's parents, and the streams between them and it. */
export const ancestryOf = (source: Source, stream: SourceStream): Pick<Selected, "ancestry" | "lists"> => {
  const parents = stream.parents?.streams ?? []
  const parent = source.streams.find(({ name }) => name === parents[0])
  if (parent?.parents === undefined)
    return { ancestry: [stream], lists: stream.parents === undefined ? [stream.name] : parents }
  const above = ancestryOf(source, parent)
  return { ancestry: [...above.ancestry, stream], lists: above.lists }
}

/** A list that is read once, for its own stream where it is selected, and for the children that need it. */
export interface GroupList {
  readonly list: SourceStream
  readonly own: Selected | undefined
  readonly children: ReadonlyArray<Selected>
}

/** Lists that have a child in common, in the order in which they are read. */
export type ReadGroup = ReadonlyArray<GroupList>

/** Sorts selected streams into groups. Parents nobody selected are read quietly. */
export const groupsOf = (source: Source, selected: ReadonlyArray<Selected>): ReadonlyArray<ReadGroup> => {
  const chosen = new Map(selected.map((each) => [each.stream.name, each]))
  const childrenOf = (list: SourceStream) =>
    selected.filter(({ stream, lists }) => stream.parents !== undefined && lists.includes(list.name))
  const lists = source.streams
    .filter((list) => list.parents === undefined && (chosen.has(list.name) || childrenOf(list).length > 0))
    .map((list): GroupList => ({ list, own: chosen.get(list.name), children: childrenOf(list) }))
  const groups: Array<Array<GroupList>> = []
  for (const groupList of lists) {
    const related = groups.find((group) =>
      group.some((other) => other.children.some((child) => groupList.children.includes(child)))
    )
    if (related === undefined) groups.push([groupList])
    else related.push(groupList)
  }
  return groups
}
