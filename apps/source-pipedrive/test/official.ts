import { type Bench, type Json, type Listed, local, type Row, secondsOf, zoned } from "./bench.ts"

/** The streams that Airbyte's own connector 4.1.0 reads incrementally. */
export const officialStreams = [
  "deals",
  "deals_archived",
  "persons",
  "organizations",
  "activities",
  "products",
  "notes",
  "leads",
  "files",
  "deal_flow"
] as const

export type Official = (typeof officialStreams)[number]

const zonedForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const localForm = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/
/** Forms of a saved cursor; it takes a text in no other. */
const forms = (stream: string): ReadonlyArray<RegExp> =>
  stream === "files" || stream === "deal_flow" ? [localForm] : stream === "leads" ? [zonedForm] : [zonedForm, localForm]

/** Where it begins without a cursor and without a start date. */
const START = secondsOf("2010-01-01T00:00:00Z")

const cursorIn = (stream: string, state: Json | undefined, name: string): number => {
  const text = state?.[name]
  if (text === undefined) return START
  if (typeof text !== "string" || !forms(stream).some((form) => form.test(text)))
    throw new Error(`Airbyte's own connector cannot read the ${name} ${JSON.stringify(text)} of ${stream}`)
  return secondsOf(text)
}

interface Read {
  readonly rows: ReadonlyArray<Row>
  readonly state: Json
}

/** A list: the rows at or after the cursor; saved is the greatest time seen. */
const readList = (bench: Bench, stream: Listed, state: Json | undefined): Read => {
  const cursor = cursorIn(stream, state, "update_time")
  const rows = bench.rowsFrom(stream, cursor)
  const greatest = Math.max(cursor, ...rows.map(({ update_time }) => secondsOf(update_time)))
  return { rows, state: { update_time: stream === "files" ? local(greatest) : zoned(greatest) } }
}

interface Partition {
  readonly partition: { readonly parent_id: number | string }
  readonly cursor: Json
}

/**
 * Changed values of deals: of every deal at or after its parents' own cursors the changes at or after the deal's
 * cursor; a deal without one has that of all deals, less the lookback.
 *
 * @param cut stops after this many deals, with what is saved on the way
 */
const readFlow = (bench: Bench, state: Json = {}, cut = Number.POSITIVE_INFINITY): Read => {
  const isWhole = "states" in state || "state" in state
  const overall = (isWhole ? state.state : state) as Json | undefined
  const hasOverall = overall?.log_time !== undefined
  const lookback = isWhole ? Number(state.lookback_window ?? 0) : 0
  const common = hasOverall ? cursorIn("deal_flow", overall, "log_time") - lookback : START
  const usesCommon = isWhole && state.use_global_cursor === true
  const cursors = new Map(
    ((usesCommon ? undefined : state.states) as ReadonlyArray<Partition> | undefined)?.map(({ partition, cursor }) => [
      partition.parent_id,
      cursorIn("deal_flow", cursor, "log_time")
    ])
  )
  const parentState = (state.parent_state ?? {}) as Readonly<Record<string, Json>>
  // Without states of the parents the cursor of all deals is theirs.
  const parentOf = (name: string) =>
    Object.keys(parentState).length > 0 ? parentState[name] : hasOverall ? { update_time: overall?.log_time } : {}
  const parents = (["deals", "deals_archived"] as const).map(
    (name) => [name, readList(bench, name, parentOf(name))] as const
  )

  const rows: Array<Row> = []
  let greatest = hasOverall ? cursorIn("deal_flow", overall, "log_time") : START
  let left = cut
  for (const [, { rows: deals }] of parents)
    for (const { id } of deals) {
      if (left-- <= 0) continue
      const cursor = cursors.get(id) ?? common
      const changes = bench.flow(id).filter(({ log_time }) => secondsOf(log_time) >= cursor)
      rows.push(...changes)
      const last = Math.max(cursor, ...changes.map(({ log_time }) => secondsOf(log_time)))
      cursors.set(id, last)
      greatest = Math.max(greatest, last)
    }
  const isCut = left < 0
  const saved = {
    use_global_cursor: usesCommon,
    ...(!usesCommon && {
      states: [...cursors].map(([parent_id, cursor]) => ({
        partition: { parent_id, parent_slice: {} },
        cursor: { log_time: local(cursor) }
      }))
    })
  }
  if (isCut) {
    const before = { ...(hasOverall && { state: overall }), lookback_window: lookback, parent_state: parentState }
    return { rows, state: { ...saved, ...before } }
  }
  return {
    rows,
    state: {
      ...saved,
      state: { log_time: local(greatest) },
      lookback_window: 1,
      parent_state: Object.fromEntries(parents.map(([name, read]) => [name, read.state]))
    }
  }
}

/** What Airbyte's own connector sends and saves for a state, by its rules. */
export const readOfficial = (bench: Bench, stream: Official, state: Json | undefined, cut?: number): Read =>
  stream === "deal_flow" ? readFlow(bench, state, cut) : readList(bench, stream, state)
