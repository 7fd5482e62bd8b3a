/**
 * States of every kind, as reads of one small company leave them behind: `states/*.json` keeps what the first version
 * wrote that had the kind. Later versions have to go on from them and to write the same.
 */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { newestFirst, ofChangedParents, since, snapshot } from "../src/declare/changes.ts"
import * as c from "../src/declare/columns.ts"
import { cursorPages, offsetPages, seekPages, singlePage } from "../src/declare/pagination.ts"
import { perParent } from "../src/declare/parents.ts"
import { defineStream, type SourceStream } from "../src/declare/stream.ts"
import type { Event, JsonObject } from "../src/events.ts"
import { Account, type Row } from "./account.ts"

const rest = {
  docs: "https://developers.pipedrive.com/docs/api/v1",
  tokens: 10,
  scope: "deals:read",
  columns: { id: c.integer, update_time: c.timestamp },
  primaryKey: ["id"]
} as const

const sorted = { query: { sort_by: "update_time", sort_direction: "asc" } }
const child = { ...rest, columns: { id: c.integer, parent_id: c.integer }, paging: singlePage() } as const

const streams: ReadonlyArray<SourceStream> = [
  defineStream({
    ...rest,
    ...sorted,
    name: "deals",
    path: "v2/deals",
    paging: cursorPages({ limit: 3 }),
    changes: since("update_time", { wholeEveryMs: 86_400_000 })
  }),
  defineStream({
    ...rest,
    name: "notes",
    path: "v1/notes",
    query: { sort: "update_time ASC, id ASC" },
    paging: seekPages({ limit: 3 }),
    changes: since("update_time")
  }),
  defineStream({
    ...rest,
    name: "files",
    path: "v1/files",
    paging: offsetPages({ limit: 3 }),
    changes: newestFirst("update_time", {
      descending: { sort: "update_time DESC" },
      ascending: { by: "id", query: { sort: "id ASC" } },
      wholeEveryMs: 86_400_000
    })
  }),
  defineStream({
    ...rest,
    name: "projects",
    path: "v2/projects",
    paging: cursorPages({ limit: 3 }),
    changes: snapshot()
  }),
  defineStream({
    ...child,
    name: "deal_notes",
    path: "v1/deals/{id}/notes",
    changes: ofChangedParents({ sweep: "rolling" }),
    parents: perParent("deals", "parent_id")
  }),
  defineStream({
    ...child,
    name: "file_notes",
    path: "v1/files/{id}/notes",
    changes: ofChangedParents({ sweep: "none" }),
    parents: perParent("files", "parent_id")
  }),
  defineStream({
    ...child,
    name: "project_notes",
    path: "v1/projects/{id}/notes",
    changes: ofChangedParents({ sweep: "whole" }),
    parents: perParent("projects", "parent_id")
  }),
  defineStream({
    ...child,
    name: "project_groups",
    path: "v1/projects/{id}/groups",
    changes: snapshot(),
    parents: perParent("projects", "parent_id")
  })
]

const isCheckpointOf =
  (stream: string, number = 1) =>
  (event: Event): boolean =>
    event._tag === "Checkpoint" && event.stream === stream && number-- === 1

interface Scene {
  readonly selection: ReadonlyArray<string>
  /** The stream and the number of the checkpoint after which the process ends. */
  readonly killed?: readonly [stream: string, number: number]
  readonly mode?: "full_refresh"
  /** Parents whose children answer with a fault. */
  readonly broken?: string
}

const scenes: { readonly [name: string]: Scene } = {
  since: { selection: ["deals"] },
  "since, killed": { selection: ["deals"], killed: ["deals", 1] },
  "since by seek, killed": { selection: ["notes"], killed: ["notes", 2] },
  "since in a full refresh, killed": { selection: ["deals"], killed: ["deals", 1], mode: "full_refresh" },
  "newest first": { selection: ["files"] },
  "newest first on its way up, killed": { selection: ["files"], killed: ["files", 1] },
  snapshot: { selection: ["projects"] },
  "children of since": { selection: ["deals", "deal_notes"] },
  "children of since, killed": { selection: ["deal_notes"], killed: ["deal_notes", 2] },
  "children of newest first": { selection: ["files", "file_notes"] },
  "children of a snapshot": { selection: ["projects", "project_notes"] },
  "a snapshot of children": { selection: ["project_groups"] },
  "children of which one failed": { selection: ["deal_notes"], broken: "v1/deals/2/notes" }
}

const company = (): Account => {
  const account = new Account()
  const rows = Array.from({ length: 7 }, (_, i): Row => ({ id: i + 1, update_time: account.ago(9000 - 10 * i) }))
  for (const path of ["v2/deals", "v1/notes", "v1/files", "v2/projects"]) account.serve(path, rows)
  for (const path of [
    "v1/deals/{id}/notes",
    "v1/files/{id}/notes",
    "v1/projects/{id}/notes",
    "v1/projects/{id}/groups"
  ])
    account.serve(path, (id) => [{ id: Number(id) * 10 }])
  return account
}

const keysOf = (rows: ReadonlyArray<Row>) => rows.map((row) => Number(row["id"]))

/** Plays a scene; then goes on from the states it left, or from those given instead. */
export const play = async (name: string, kept?: { readonly [stream: string]: object }) => {
  const { selection, killed, mode, broken } = scenes[name] as Scene
  const account = company()
  account.instead = ({ path }) => (path === broken ? { status: 400, body: { success: false, error: "no" } } : undefined)
  const settings = { tries: 1, ...(mode !== undefined && { mode }) }
  const first = await account.read(streams, selection, {
    ...settings,
    ...(killed !== undefined && { killedAfter: isCheckpointOf(...killed) })
  })
  account.instead = () => undefined
  const states = new Map(Object.entries(kept ?? Object.fromEntries(first.states)))
  const second = await account.read(streams, selection, { ...settings, states })
  return {
    states: Object.fromEntries(first.states),
    /** Ids of all rows of both reads, by stream. */
    rows: Object.fromEntries(
      selection.map((stream) => [stream, [...keysOf(first.of(stream).rows), ...keysOf(second.of(stream).rows)]])
    ),
    requests: { first: first.paths.length, second: second.paths.length },
    end: Object.fromEntries(second.states),
    logs: second.logs
  }
}

const folder = fileURLToPath(new URL("states/", import.meta.url))

export const sceneNames: ReadonlyArray<string> = Object.keys(scenes)

const fileOf = (name: string) => `${folder}${name.replaceAll(/[, ]+/g, "-")}.json`

/** The states that a scene left when its kind was new. */
export const keptStates = (name: string): { readonly [stream: string]: { readonly _ab: JsonObject } } =>
  JSON.parse(readFileSync(fileOf(name), "utf8"))
