/**
 * Reads what Pipedrive says of its custom fields: their names, types and options, and the texts of labels.
 */
import { Effect } from "effect"
import { text } from "../declare/columns.ts"
import { cursorPages, singlePage } from "../declare/pagination.ts"
import { defineStream, type SourceStream } from "../declare/stream.ts"
import type { ReadError } from "../errors.ts"
import type { JsonObject } from "../events.ts"
import type { RefusedError, Transport } from "../http/client.ts"
import { isObject } from "../json.ts"
import { wantedColumns } from "../page/page.ts"
import { textOf } from "../page/text.ts"
import { readAllPages } from "../read/pages/list.ts"
import { Requests } from "../read/pages/requests.ts"
import type { Entity } from "./entity.ts"

/** A custom field as Pipedrive defines it. */
export interface FieldDefinition {
  readonly key: string
  readonly name: string
  readonly type: string
  /** Texts of its options, by id. */
  readonly options: ReadonlyMap<string, string>
}

/** What Pipedrive says of a record's fields. */
export interface Definitions {
  readonly fields: ReadonlyArray<FieldDefinition>
  /** Texts of the labels that the record's rows name in `label_ids`, by id. */
  readonly labels: ReadonlyMap<string, string>
}

const scopes = {
  deal: "deals:read",
  person: "contacts:read",
  organization: "contacts:read",
  product: "products:read",
  project: "projects:read"
} as const

/** The list of a record's field definitions. Its tokens: https://developers.pipedrive.com/docs/api/v1/DealFields */
export const definitionsOf = (entity: Entity): SourceStream =>
  defineStream({
    name: `v2/${entity}Fields`,
    path: `v2/${entity}Fields`,
    docs: "https://developers.pipedrive.com/docs/api/v1/DealFields#getDealFields",
    tokens: 10,
    scope: scopes[entity],
    columns: { field_code: text },
    primaryKey: ["field_code"],
    paging: cursorPages()
  })

/** The list of lead labels. */
export const leadLabelList = defineStream({
  name: "v1/leadLabels",
  path: "v1/leadLabels",
  docs: "https://developers.pipedrive.com/docs/api/v1/LeadLabels#getLeadLabels",
  tokens: 10,
  scope: "leads:read",
  columns: { id: text },
  primaryKey: ["id"],
  paging: singlePage()
})

/** All rows of a short list, parsed. */
const rowsOf = (
  transport: Transport,
  stream: SourceStream,
  sent: (tokens: number) => void
): Effect.Effect<ReadonlyArray<JsonObject>, ReadError | RefusedError> =>
  Effect.suspend(() => {
    const rows = new Map<string, JsonObject>()
    const requests = new Requests({ transport, stream, wanted: wantedColumns(stream), sent })
    return readAllPages(requests, stream.path, {}, (page, numbers) =>
      Effect.sync(() => {
        const { bytes, spans } = page.rows
        for (const row of numbers)
          rows.set(page.key(row), JSON.parse(textOf(bytes.subarray(spans[2 * row], spans[2 * row + 1]))))
      })
    ).pipe(Effect.map(() => [...rows.values()]))
  })

/** Keys of custom fields, but for a few that Pipedrive itself has made. */
const CUSTOM_KEY = /^[0-9a-f]{40}$/

const wordOf = (value: unknown): string => (typeof value === "string" ? value : "")

const optionsOf = (options: unknown): ReadonlyMap<string, string> =>
  new Map(
    (Array.isArray(options) ? options : []).flatMap((option): ReadonlyArray<readonly [string, string]> => {
      if (!isObject(option) || typeof option.label !== "string") return []
      return [[String(option.id), option.label]]
    })
  )

/** Reads what Pipedrive says of a record's fields: 10 tokens a page of 500. */
export const readDefinitions = (
  transport: Transport,
  entity: Entity,
  sent: (tokens: number) => void
): Effect.Effect<Definitions, ReadError | RefusedError> =>
  Effect.map(rowsOf(transport, definitionsOf(entity), sent), (rows) => {
    const label =
      rows.find(({ field_code }) => field_code === "label_ids") ?? rows.find(({ field_code }) => field_code === "label")
    return {
      labels: optionsOf(label?.["options"]),
      fields: rows.flatMap(({ field_code, field_name, field_type, is_custom_field, options }) => {
        const key = wordOf(field_code)
        return is_custom_field === true || CUSTOM_KEY.test(key)
          ? [{ key, name: wordOf(field_name), type: wordOf(field_type), options: optionsOf(options) }]
          : []
      })
    }
  })

/** Reads the texts of lead labels, by id: 10 tokens. */
export const readLeadLabels = (
  transport: Transport,
  sent: (tokens: number) => void
): Effect.Effect<ReadonlyMap<string, string>, ReadError | RefusedError> =>
  Effect.map(
    rowsOf(transport, leadLabelList, sent),
    (rows) => new Map(rows.map(({ id, name }) => [wordOf(id), wordOf(name)]))
  )
