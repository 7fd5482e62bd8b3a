/**
 * Which columns custom fields become, and which field each column of a configured catalog belongs to. The catalog's
 * columns are bound to fields by the field's key, in the property's own words or its description, so that a field that
 * was renamed keeps its column.
 */
import { type Column, type Columns, describe, listOf, text } from "../declare/columns.ts"
import { columnsOf, type SourceStream } from "../declare/stream.ts"
import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"
import type { Source } from "../source.ts"
import type { Definitions, FieldDefinition } from "./definitions.ts"
import type { Entity, FrozenFields } from "./entity.ts"
import { type FieldPart, partsOf } from "./field-types.ts"

/** The column of texts that go with `label_ids`. */
export const LABELS = "labels"

/** Words of JSON Schema by which a catalog says which field a property is of. */
export const FIELD_WORD = "x-pipedrive-field"
const PART_WORD = "x-pipedrive-part"

/** Which custom field, and which part of it, a column holds. */
export interface FieldReference {
  readonly key: string
  /** Undefined for the field's value. */
  readonly part?: string
}

const described = ({ key, name, type }: Pick<FieldDefinition, "key" | "name" | "type">, part?: string): string =>
  `${name} (${type}, ${key}${part === undefined ? "" : `, ${part}`})`

/** The field and part that a description tells of; undefined where it is not one of ours. */
const referenceIn = (description: unknown): FieldReference | undefined => {
  const found = typeof description === "string" ? /\(\w*, ([^,()\s]+)(?:, (\w+))?\)$/.exec(description) : null
  const [, key, part] = found ?? []
  return key === undefined ? undefined : { key, ...(part !== undefined && { part }) }
}

/** Whether a stream's rows get the texts of their labels. */
const hasLabels = ({ columns, customFields }: SourceStream): boolean =>
  customFields?.labels !== undefined && !Object.hasOwn(columns, LABELS)

/** Names that no custom field of a record can have: those of all columns of all streams with its fields. */
export const takenNames = ({ streams }: Pick<Source, "streams">, entity: Entity): ReadonlySet<string> =>
  new Set(
    streams
      .filter(({ customFields }) => customFields?.of === entity)
      .flatMap((stream) => [...Object.keys(columnsOf(stream)), ...(hasLabels(stream) ? [LABELS] : [])])
  )

/** A record's fields with the names of their columns. */
export interface NamedFields {
  readonly definitions: Definitions
  /** Fields as the config keeps them: those that were deleted in Pipedrive among them. */
  readonly frozen: FrozenFields
  /** Names of all fields, by key. */
  readonly names: ReadonlyMap<string, string>
}

/** Every column that a record's fields become, with the field and part it holds, by name. */
const namedColumns = ({ definitions, frozen, names }: NamedFields): ReadonlyMap<string, FieldColumn> => {
  const columns = new Map<string, FieldColumn>()
  const add = (field: Pick<FieldDefinition, "key" | "name" | "type">) => {
    const name = names.get(field.key)
    if (name === undefined) return
    for (const each of partsOf(field.type)) {
      const reference = { key: field.key, ...(each.part !== undefined && { part: each.part }) }
      columns.set(name + each.ending, { reference, column: describe(each.column, described(field, each.part)) })
    }
  }
  for (const field of definitions.fields) add(field)
  const known = new Set(definitions.fields.map(({ key }) => key))
  for (const [key, { name, type }] of Object.entries(frozen))
    if (!known.has(key) && type !== undefined) add({ key, name, type })
  return columns
}

interface FieldColumn {
  readonly reference: FieldReference
  readonly column: Column
}

/** The columns that a stream declares beside its own. */
export const declaredColumns = (stream: SourceStream, named: NamedFields): Columns => ({
  ...(hasLabels(stream) && { [LABELS]: describe(listOf(text), "Texts of the labels in label_ids.") }),
  ...Object.fromEntries(
    [...namedColumns(named)].map(([name, { column, reference }]) => [name, { ...column, field: reference }])
  )
})

/** A column that is to be made of a field. */
export interface BoundColumn {
  readonly name: string
  readonly field: FieldDefinition
  readonly part: FieldPart
}

/** What a stream's configured columns mean today. */
export interface Binding {
  readonly columns: ReadonlyArray<BoundColumn>
  /** Columns of which nothing is known: always null. */
  readonly empty: ReadonlyArray<string>
  readonly labels: boolean
  /** Fields without a column, by their own names. */
  readonly added: ReadonlyArray<string>
  /** Columns whose field was deleted. */
  readonly deleted: ReadonlyArray<string>
  /** Columns that nothing explains. */
  readonly strange: ReadonlyArray<string>
}

const partOf = (type: string, { part }: FieldReference): FieldPart | undefined =>
  partsOf(type).find((each) => each.part === part)

/** The field that a property is of: by its own words, else by its description, else by its name. */
const referenceOf = (
  name: string,
  property: unknown,
  computed: ReadonlyMap<string, FieldColumn>
): FieldReference | undefined => {
  if (!isObject(property)) return computed.get(name)?.reference
  const { [FIELD_WORD]: key, [PART_WORD]: part, description } = property
  if (typeof key === "string") return { key, ...(typeof part === "string" && { part }) }
  return referenceIn(description) ?? computed.get(name)?.reference
}

/**
 * Binds the columns of a configured catalog to today's fields, each by its key: a field that was renamed keeps its
 * column. Without declared properties a stream has all columns that its fields become.
 */
export const bindColumns = (stream: SourceStream, properties: JsonObject | undefined, named: NamedFields): Binding => {
  const computed = namedColumns(named)
  const own = columnsOf(stream)
  const all: JsonObject = properties ?? {
    [LABELS]: {},
    ...Object.fromEntries(
      [...computed].map(([name, { reference }]) => [
        name,
        { [FIELD_WORD]: reference.key, ...(reference.part !== undefined && { [PART_WORD]: reference.part }) }
      ])
    )
  }
  const fields = new Map(named.definitions.fields.map((field) => [field.key, field]))
  const columns: Array<BoundColumn> = []
  const deleted: Array<string> = []
  const strange: Array<string> = []
  const bound = new Set<string>()
  for (const [name, property] of Object.entries(all)) {
    if (Object.hasOwn(own, name) || name === LABELS) continue
    const reference = referenceOf(name, property, computed)
    if (reference === undefined) {
      if (name.startsWith("custom_")) strange.push(name)
      continue
    }
    const field = fields.get(reference.key)
    const part = field === undefined ? undefined : partOf(field.type, reference)
    if (field === undefined) deleted.push(name)
    else if (part === undefined) strange.push(name)
    else {
      columns.push({ name, field, part })
      bound.add(field.key)
    }
  }
  const labels = hasLabels(stream) && Object.hasOwn(all, LABELS)
  return {
    columns,
    empty: [...deleted, ...strange],
    labels,
    added: [
      ...(hasLabels(stream) && !labels ? [LABELS] : []),
      ...named.definitions.fields.filter(({ key }) => !bound.has(key)).map(({ name }) => name)
    ],
    deleted,
    strange
  }
}
