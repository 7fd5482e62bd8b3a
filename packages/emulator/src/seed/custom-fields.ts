import { hex } from "../random.ts"

/** Types of fields that a company can create, and one value of each is filled in. */
const CUSTOM_TYPES = [
  "varchar",
  "text",
  "varchar_auto",
  "phone",
  "double",
  "monetary",
  "enum",
  "set",
  "user",
  "people",
  "org",
  "date",
  "daterange",
  "time",
  "timerange",
  "address"
] as const

/** Types that the API knows besides. */
const RARE_TYPES = [
  "int",
  "boolean",
  "deal",
  "project",
  "stage",
  "activity",
  "lead",
  "json",
  "varchar_options"
] as const

export type CustomType = (typeof CUSTOM_TYPES)[number] | (typeof RARE_TYPES)[number]

export interface CustomOption {
  readonly id: number
  label: string
  /** Whether it was taken out of the field: rows may still hold its id. */
  isRemoved: boolean
}

/** A custom field of the account. */
export interface CustomField {
  /** 40 hexadecimal digits. */
  readonly key: string
  name: string
  readonly type: CustomType
  readonly options: CustomOption[]
  /** Its place among all fields ever made; rows are filled by it. */
  readonly place: number
  /** Whether no row has a value of it. */
  readonly isSpare: boolean
}

/** Which fields a company has beyond the usual ones. */
export interface CustomSeed {
  /** Types that the API knows but no company can create today. */
  readonly rareTypes?: boolean
  /** Fields with names that are hard to tell apart or to write down. */
  readonly oddNames?: boolean
  /** Values that do not fit the type of their field, and ids of options that were removed. */
  readonly oddValues?: boolean
  /** Fields of each record, at least; those added for it are filled like the others. */
  readonly count?: number
}

const ODD_NAMES: ReadonlyArray<readonly [name: string, type: CustomType]> = [
  ["Price", "monetary"],
  ["Price currency", "text"],
  ["Region", "enum"],
  ["region", "varchar"],
  ["Region!", "varchar"],
  ["Budget", "double"],
  ["Budget", "double"],
  ["", "varchar"],
  ["🚀🚀", "varchar"],
  ["Отрасль", "varchar"],
  ["预算", "double"],
  ["Straße & Ort", "varchar"],
  ["Fields", "varchar"],
  ["  ___  ", "varchar"],
  [`${"long word ".repeat(19)}long words`, "varchar"],
  ["x".repeat(200), "varchar"],
  ['Quote " and \\ slash', "varchar"],
  ["Owner", "user"],
  ["Owner id", "int"]
]

const LABELS = ["Low", "Middle", "High €"]

/** Makes the field of a place. */
export function customField(
  seed: number,
  entity: string,
  place: number,
  of: {
    readonly name: string
    readonly type: CustomType
    readonly options?: ReadonlyArray<string>
    readonly isSpare?: boolean
  }
): CustomField {
  const salt = [...entity].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)
  const labels = of.options ?? (of.type === "enum" || of.type === "set" ? LABELS : [])
  return {
    key: hex(40, seed + salt, place),
    name: of.name,
    type: of.type,
    options: labels.map((label, at) => ({ id: 100 + place * 10 + at, label, isRemoved: false })),
    place,
    isSpare: of.isSpare ?? false
  }
}

/** One field of every type, some more that are never filled, and what the seed asks for. */
export function customFields(seed: number, entity: string, spare: number, more: CustomSeed): CustomField[] {
  const fields: CustomField[] = []
  const add = (name: string, type: CustomType, isSpare = false) =>
    fields.push(customField(seed, entity, fields.length, { name, type, isSpare }))
  for (const type of CUSTOM_TYPES) add(`My ${type.replace("_", " ")}`, type)
  for (let at = 1; at <= spare; at++) add(`Spare ${at}`, "varchar", true)
  if (more.rareTypes) for (const type of RARE_TYPES) add(`My ${type.replace("_", " ")}`, type)
  if (more.oddNames) for (const [name, type] of ODD_NAMES) add(name, type)
  while (fields.length < (more.count ?? 0)) {
    add(`Field ${fields.length + 1}`, CUSTOM_TYPES[fields.length % CUSTOM_TYPES.length] as CustomType)
  }
  return fields
}
