import type { SourceStream } from "@pipedrive-source/core"
import type { Source } from "@pipedrive-source/core/reader"
import type { Emulator } from "pipedrive-emulator"
import { endpointOf } from "./endpoints.ts"
import { momentOf, stamp } from "./moments.ts"
import type { Random } from "./random.ts"
import { invented, lost } from "./rows.ts"
import { addressOf, byKey, groupBy, type List, type Sent, streamIn, type TrueRow } from "./truth.ts"

type Patch = Readonly<Record<string, unknown>>
type Id = string | number

/** Whether the emulator could do it: rows that follow from others cannot be inserted. */
const tried = (change: () => unknown): boolean => {
  try {
    change()
    return true
  } catch (error) {
    if (error instanceof Error && /follow from others/.test(error.message)) return false
    throw error
  }
}

/** Adds rows to a list; not where an endpoint shows one object, of which there cannot be two. */
export const insert = (emulator: Emulator, list: List, count: number, patch: Patch = {}): boolean =>
  endpointOf(list.path)?.paging !== "object" && tried(() => emulator.insert(addressOf(list), count, patch))

export const edit = (emulator: Emulator, list: List, ids: ReadonlyArray<Id>, patch: Patch = {}): void => {
  emulator.edit(addressOf(list), ids, patch)
}

export const remove = (emulator: Emulator, list: List, ids: ReadonlyArray<Id>): void =>
  emulator.remove(addressOf(list), ids)

/** Rows with an id, by the list they stand in. */
const editable = (rows: ReadonlyArray<TrueRow>): ReadonlyArray<ReadonlyArray<TrueRow & { readonly id: Id }>> => [
  ...groupBy(
    rows.filter((row): row is TrueRow & { readonly id: Id } => row.id !== undefined),
    ({ list }) => addressOf(list)
  ).values()
]

/**
 * Edits two rows of a stream, adds two and takes one away, as far as there are as many; and edits the parent of one
 * of the edited, where the change of a child alone need not be found.
 */
export const unsettle = (
  emulator: Emulator,
  source: Source,
  truth: ReadonlyArray<TrueRow>,
  random: Random,
  { parents }: { readonly parents: boolean }
): void => {
  const lists = editable(truth)
  const [first, second] = lists.length === 0 ? [truth, truth] : [random.pick(lists), random.pick(lists)]
  const edited = [...new Set([first[0], second.at(-1)])].filter((row) => row !== undefined)
  for (const { id, list } of edited) if (id !== undefined) edit(emulator, list, [id])
  for (const { list } of edited) insert(emulator, list, 1)
  const spare = lists.length === 0 ? undefined : random.pick(lists).find((row) => !edited.includes(row))
  if (spare !== undefined) remove(emulator, spare.list, [spare.id])
  const parent = edited[0]?.parent
  if (parents && parent?.id !== undefined) {
    edit(emulator, parent.list, [parent.id], stamp(streamIn(source, parent.stream), emulator.clock.now()))
  }
}

/** Rows that were not there before as they are now. */
const changed = (before: ReadonlyArray<TrueRow>, after: ReadonlyArray<TrueRow>): ReadonlyArray<TrueRow> => {
  const known = byKey(before)
  return after.filter((row) => !(known.get(row.key) ?? []).some(({ text }) => text === row.text))
}

const textOf = (row: TrueRow): string => row.list.path + row.text

/** What an incremental read has to bring, and what it may bring besides. */
export interface Due {
  readonly required: ReadonlyArray<TrueRow>
  readonly allowed: (row: TrueRow) => boolean
}

/**
 * What is due after a state.
 *
 * @param mark of the state, in seconds
 * @param swept whether children of parents that did not change are due as well
 */
export const dueAfter = (
  source: Source,
  stream: SourceStream,
  {
    before,
    after,
    mark,
    swept
  }: {
    readonly before: ReadonlyArray<TrueRow>
    readonly after: ReadonlyArray<TrueRow>
    readonly mark: number
    readonly swept: boolean
  }
): Due => {
  const news = changed(before, after)
  const { changes, parents } = stream
  if (changes === undefined) return { required: after, allowed: () => true }
  if (changes.kind === "snapshot") {
    const fresh = new Set(news)
    return { required: news, allowed: (row) => fresh.has(row) }
  }
  if (swept) return { required: news, allowed: () => true }
  const ofSnapshots = parents?.streams.some((name) => streamIn(source, name).changes?.kind === "snapshot") === true
  const known = new Set(before.map(({ parent }) => parent && textOf(parent)))
  const isDue = (row: TrueRow): boolean =>
    ofSnapshots ? row.parent !== undefined && !known.has(textOf(row.parent)) : !(momentOf(source, stream, row) < mark)
  return {
    required: news.filter((row) => momentOf(source, stream, row) >= mark || (ofSnapshots && isDue(row))),
    allowed: isDue
  }
}

/** What an incremental read did not bring, or should not have brought. */
export const wrongAfter = (
  stream: SourceStream,
  sent: ReadonlyArray<Sent>,
  after: ReadonlyArray<TrueRow>,
  { required, allowed }: Due
): ReadonlyArray<string> => {
  const rows = byKey(after)
  return [
    ...lost(stream, sent, required),
    ...invented(stream, sent, after),
    ...sent.flatMap(({ key }) =>
      // Of two rows with one key the second replaces the first, over and over.
      (rows.get(key) ?? []).some(allowed) || rows.get(key)?.length !== 1
        ? []
        : [`${stream.name}: row ${key.slice(0, 120)} came again, though nothing of it changed`]
    )
  ]
}
