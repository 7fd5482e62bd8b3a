/**
 * Names of the columns of custom fields: `custom_` and the field's name in plain letters. Fields whose names would
 * clash get the first digits of their key as well. A name that has been given is never changed.
 */
import { transliterate } from "transliteration"
import type { FrozenFields } from "./entity.ts"
import { partsOf } from "./field-types.ts"

/** Length of a name between `custom_` and its endings. */
const MAX_LENGTH = 50
/** Digits of its key that a field's name gets where it would meet another. */
const FIRST_DIGITS = 6
/** Digits that stand for a name of which no letter is left. */
const DIGITS_ALONE = 8

interface Field {
  readonly key: string
  readonly name: string
  readonly type: string
}

const cut = (text: string): string => {
  if (text.length <= MAX_LENGTH) return text
  const head = text.slice(0, MAX_LENGTH)
  const at = text[MAX_LENGTH] === "_" ? MAX_LENGTH : head.lastIndexOf("_")
  return at > 0 ? head.slice(0, at) : head
}

const plain = (text: string): string =>
  transliterate(text)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "")

/** The name a field gets where no other stands in its way. */
const baseName = ({ key, name }: Pick<Field, "key" | "name">): string =>
  `custom_${cut(plain(name)) || plain(key.slice(0, DIGITS_ALONE))}`

/** Names of the columns that a field of this name becomes. */
export const columnNames = (name: string, type: string): ReadonlyArray<string> =>
  partsOf(type).map(({ ending }) => name + ending)

const letters = (key: string): string => key.toLowerCase().replace(/[^a-z0-9]/g, "")

/** A name with so many digits of the field's key; beyond them, with its place among the fields. */
const withDigits = (field: Field, place: number, digits: number): string => {
  if (digits === 0) return baseName(field)
  const all = letters(field.key)
  return `${baseName(field)}_${digits <= all.length ? all.slice(0, digits) : `${all}_${place + digits}`}`
}

/** Fields of which one column at least has the name of a column of another field, or of one that is taken. */
const clashing = (names: ReadonlyMap<Field, string>, taken: ReadonlySet<string>): ReadonlySet<Field> => {
  const owners = new Map<string, Field>()
  const found = new Set<Field>()
  for (const [field, name] of names) {
    for (const column of columnNames(name, field.type)) {
      const other = owners.get(column.toLowerCase())
      if (other !== undefined || taken.has(column.toLowerCase())) found.add(field)
      if (other !== undefined) found.add(other)
      owners.set(column.toLowerCase(), field)
    }
  }
  return found
}

/**
 * A column that two frozen fields have, or that is another's: someone edited the names by hand. Undefined where there
 * is none.
 */
export const frozenClash = (frozen: FrozenFields, taken: ReadonlySet<string>): string | undefined => {
  const seen = new Set([...taken].map((name) => name.toLowerCase()))
  for (const { name, type } of Object.values(frozen)) {
    for (const column of columnNames(name, type ?? "")) {
      if (seen.has(column.toLowerCase())) return column
      seen.add(column.toLowerCase())
    }
  }
  return undefined
}

/**
 * The name of every field, by key: a frozen one as it is, others made from the field's own name. Where columns of two
 * fields meet, both get digits of their keys, so that no name depends on which field was there first.
 *
 * @param taken names of columns that fields cannot have, in any case of letters
 */
export const nameFields = (
  fields: ReadonlyArray<Field>,
  frozen: FrozenFields,
  taken: ReadonlySet<string>
): ReadonlyMap<string, string> => {
  const types = new Map(fields.map(({ key, type }) => [key, type]))
  const all = new Set([...taken].map((name) => name.toLowerCase()))
  const given = new Map<string, string>()
  for (const [key, { name, type }] of Object.entries(frozen)) {
    given.set(key, name)
    for (const column of columnNames(name, types.get(key) ?? type ?? "")) all.add(column.toLowerCase())
  }
  const unnamed = fields.filter(({ key }) => !given.has(key))
  const digits = new Map(unnamed.map((field) => [field, 0]))
  for (;;) {
    const names = new Map(unnamed.map((field, place) => [field, withDigits(field, place, digits.get(field) ?? 0)]))
    const met = clashing(names, all)
    if (met.size === 0) {
      for (const [{ key }, name] of names) given.set(key, name)
      return given
    }
    for (const field of met) digits.set(field, Math.max(FIRST_DIGITS, (digits.get(field) ?? 0) + 1))
  }
}
