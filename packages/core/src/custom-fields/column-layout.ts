/**
 * Where the values of a stream's columns stand in its rows, and how each is written. Worked out once for a stream, so
 * that `row-columns.ts` has nothing to decide for a row.
 */
import { bytesOf } from "../page/text.ts"
import { type Binding, type BoundColumn, LABELS } from "./custom-columns.ts"
import type { CustomFields } from "./entity.ts"
import { Members } from "./members.ts"
import { FieldNotices } from "./notices.ts"
import {
  OptionTexts,
  type WriteValue,
  writeBoolean,
  writeDate,
  writeInteger,
  writeJson,
  writeLabel,
  writeList,
  writeNumber,
  writeOption,
  writeOptionId,
  writeReference,
  writeText,
  writeZone
} from "./value-writer.ts"

const LABEL_IDS = "label_ids"
const CUSTOM_FIELDS = "custom_fields"
/** The member of a field's object that is its value; in API v1 that is the field's own property. */
const VALUE = "value"

/** Where a value may stand: a member of the field's object, or a property beside the field's own. */
export interface Place {
  readonly member: Uint8Array
  /** Number of that property among those that are looked for; -1 where there are none beside. */
  readonly beside: number
}

/** A column, ready to be written to every row. */
export interface RowColumn {
  readonly name: string
  readonly members: Members
  /** Number of the field's own property. */
  readonly own: number
  /** Places of a value that has several forms; empty where it is taken as it is. */
  readonly places: ReadonlyArray<Place>
  /** Whether any of these is a property beside the field's own. */
  readonly isBeside: boolean
  /** Writes the value; `parts` for an object that is put together. */
  readonly write: WriteValue | "parts"
  readonly notices: FieldNotices
}

/** All columns of a stream, and where they are found in its rows. */
export interface Layout {
  /** Members of the row itself that are looked for; those of its custom fields among them. */
  readonly row: Members
  readonly columns: ReadonlyArray<RowColumn>
  readonly notices: ReadonlyArray<FieldNotices>
}

const writerOf = ({ part }: BoundColumn, options: OptionTexts, notices: FieldNotices): RowColumn["write"] => {
  const unknown = (id: string) => notices.unknown(id)
  switch (part.reading) {
    case "text":
      return writeText
    case "zone":
      return writeZone
    case "number":
      return writeNumber
    case "integer":
      return writeInteger
    case "boolean":
      return writeBoolean
    case "date":
      return writeDate
    case "reference":
      return writeReference
    case "option":
      return writeOption(options, unknown)
    case "optionId":
      return writeOptionId
    case "options":
      return writeList(writeOption(options, unknown))
    case "optionIds":
      return writeList(writeOptionId)
    case "json":
      return writeJson
    case "addressParts":
      return "parts"
  }
}

const propertyOf = ({ field }: BoundColumn, member: string): string =>
  member === VALUE ? field.key : `${field.key}_${member}`

/** Names of all properties that a column is made of: in API v1 parts of a field stand beside it. */
const propertiesOf = (where: CustomFields["in"], bound: BoundColumn): ReadonlyArray<string> => [
  bound.field.key,
  ...(where === "row" ? (bound.part.members ?? []).map((member) => propertyOf(bound, member)) : [])
]

/** Lays out the columns of a stream. */
export const layoutOf = (
  stream: string,
  where: CustomFields["in"],
  binding: Binding,
  labels: ReadonlyMap<string, string>
): Layout => {
  const labelIds = binding.labels ? [LABEL_IDS] : []
  const properties = [
    ...binding.columns.flatMap((bound) => propertiesOf(where, bound)),
    ...(where === "row" ? labelIds : [])
  ]
  const numbers = new Map([...new Set(properties)].map((name, at) => [name, at]))
  const fields = new Members([...numbers.keys()])
  const outer = [...(binding.columns.length > 0 ? [CUSTOM_FIELDS] : []), ...labelIds]
  const row = where === "row" ? fields : new Members(outer, { name: CUSTOM_FIELDS, members: fields })
  const numberOf = (property: string): number => numbers.get(property) ?? -1

  const known = new Map<string, { readonly notices: FieldNotices; readonly options: OptionTexts }>()
  const columns = binding.columns.map((bound): RowColumn => {
    const { key, name, options, type } = bound.field
    const field = known.get(key) ?? {
      notices: new FieldNotices(stream, `the custom field ${JSON.stringify(name)} (${type}, ${key})`),
      options: new OptionTexts(options)
    }
    known.set(key, field)
    const places = (bound.part.members ?? []).map((member) => ({
      member: bytesOf(member),
      beside: numberOf(propertyOf(bound, member))
    }))
    return {
      name: bound.name,
      members: fields,
      own: numberOf(key),
      places,
      isBeside: places.some(({ beside }) => beside >= 0),
      write: writerOf(bound, field.options, field.notices),
      notices: field.notices
    }
  })
  const notices = [...known.values()].map((field) => field.notices)
  if (!binding.labels) return { row, columns, notices }
  const labelNotices = new FieldNotices(stream, LABEL_IDS)
  const labelColumn: RowColumn = {
    name: LABELS,
    members: row,
    own: where === "row" ? numberOf(LABEL_IDS) : outer.indexOf(LABEL_IDS),
    places: [],
    isBeside: false,
    write: writeList(writeLabel(new OptionTexts(labels), (id) => labelNotices.unknown(id))),
    notices: labelNotices
  }
  return { row, columns: [labelColumn, ...columns], notices: [labelNotices, ...notices] }
}
