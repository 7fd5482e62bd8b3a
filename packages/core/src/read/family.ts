import type { Stated } from "../compat.ts"
import type { JsonObject } from "../events.ts"
import type { Source } from "../source.ts"
import type { SourceStream } from "../stream.ts"
import type { Mode, Outlet } from "./outlet.ts"

/** A selected stream, ready to be read. */
export interface Selected {
  readonly stream: SourceStream
  readonly mode: Mode
  readonly stated: Stated
  readonly outlet: Outlet
  readonly given: JsonObject | undefined
  /** From a child of a list down to the stream itself; the stream alone where it is a list or a list's own child. */
  readonly line: ReadonlyArray<SourceStream>
  /** Names of the lists it learns from: its own, or those at the top of its parents. */
  readonly lists: ReadonlyArray<string>
}

/** The lists at the top of a stream's parents, and the streams between them and it. */
export const lineOf = (source: Source, stream: SourceStream): Pick<Selected, "line" | "lists"> => {
  const parents = stream.parents?.streams ?? []
  const parent = source.streams.find(({ name }) => name === parents[0])
  if (parent?.parents === undefined)
    return { line: [stream], lists: stream.parents === undefined ? [stream.name] : parents }
  const above = lineOf(source, parent)
  return { line: [...above.line, stream], lists: above.lists }
}

/** A list that is read once, for its own stream where it is selected, and for the children that need it. */
export interface Member {
  readonly root: SourceStream
  readonly self: Selected | undefined
  readonly children: ReadonlyArray<Selected>
}

/** Lists that have a child in common, in the order in which they are read. */
export type Family = ReadonlyArray<Member>

/** Sorts selected streams into families. Parents nobody selected are read quietly. */
export const familiesOf = (source: Source, selected: ReadonlyArray<Selected>): ReadonlyArray<Family> => {
  const chosen = new Map(selected.map((each) => [each.stream.name, each]))
  const childrenOf = (root: SourceStream) =>
    selected.filter(({ stream, lists }) => stream.parents !== undefined && lists.includes(root.name))
  const members = source.streams
    .filter((root) => root.parents === undefined && (chosen.has(root.name) || childrenOf(root).length > 0))
    .map((root): Member => ({ root, self: chosen.get(root.name), children: childrenOf(root) }))
  const families: Array<Array<Member>> = []
  for (const member of members) {
    const related = families.find((family) =>
      family.some((other) => other.children.some((child) => member.children.includes(child)))
    )
    if (related === undefined) families.push([member])
    else related.push(member)
  }
  return families
}
