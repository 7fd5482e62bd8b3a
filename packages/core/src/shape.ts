import type { JsonObject } from "./events.ts"
import { isObject } from "./json.ts"

/** What is wrong with a value: the field, and how it is not as it has to be. */
export interface Flaw {
  /** Path from the value that is looked at; empty for itself. */
  readonly field: string
  readonly words: string
}

/** Finds all that is wrong with a value. Where nothing is, as nearly always, it takes no memory. */
export type Check = (value: unknown) => ReadonlyArray<Flaw>

const NONE: ReadonlyArray<Flaw> = []

/** Flaws of a member as those of what it is in. */
const within = (place: string, flaws: ReadonlyArray<Flaw>): ReadonlyArray<Flaw> =>
  flaws.map(({ field, words }) => ({
    field: field === "" || field.startsWith("[") ? `${place}${field}` : `${place}.${field}`,
    words
  }))

const gathered = (flaws: ReadonlyArray<Flaw>, place: string, more: ReadonlyArray<Flaw>): ReadonlyArray<Flaw> =>
  more.length === 0 ? flaws : [...flaws, ...within(place, more)]

/** A value of which this holds. */
export const that = (is: (value: unknown) => boolean, words: string): Check => {
  const flaws = [{ field: "", words }]
  return (value) => (is(value) ? NONE : flaws)
}

const noObject: ReadonlyArray<Flaw> = [{ field: "", words: "is not an object" }]
const isMissing: ReadonlyArray<Flaw> = [{ field: "", words: "is missing" }]

const memberFlaws = (object: JsonObject, name: string, check: Check, isNeeded: boolean): ReadonlyArray<Flaw> => {
  let member: unknown
  try {
    member = object[name]
  } catch (error) {
    // What is no JSON may throw where it is read.
    const [line] = String(error instanceof Error ? error.message : error).split("\n")
    return [{ field: "", words: `cannot be read (${line})` }]
  }
  if (member !== undefined && member !== null) return check(member)
  return isNeeded ? isMissing : NONE
}

/** An object with these members, as far as they are there and not null; further ones pass. */
export const members = (checks: { readonly [name: string]: Check }, needed: ReadonlyArray<string> = []): Check => {
  const known = new Map(
    Object.entries(checks).map(([name, check]) => [name, { check, isNeeded: needed.includes(name) }])
  )
  return (value) => {
    if (!isObject(value)) return noObject
    let flaws = NONE
    for (const name in value) {
      const member = known.get(name)
      if (member !== undefined) flaws = gathered(flaws, name, memberFlaws(value, name, member.check, member.isNeeded))
    }
    for (const name of needed) if (!(name in value)) flaws = gathered(flaws, name, isMissing)
    return flaws
  }
}

/** An object whose members are all of one kind, whatever their names. */
export const each =
  (check: Check): Check =>
  (value) => {
    if (!isObject(value)) return noObject
    let flaws = NONE
    for (const name of Object.keys(value)) flaws = gathered(flaws, name, check(value[name]))
    return flaws
  }

/** A list of objects of one kind. */
export const list = (check: Check): Check => {
  const noList = [{ field: "", words: "is not a list of objects" }]
  return (value) => {
    if (!Array.isArray(value) || !value.every(isObject)) return noList
    let flaws = NONE
    for (const [index, item] of value.entries()) flaws = gathered(flaws, `[${index}]`, check(item))
    return flaws
  }
}

/** An object of one of several kinds, which its member `kind` names. */
export const kinds = (of: { readonly [kind: string]: Check }): Check => {
  const unknown = [{ field: "kind", words: `is none of ${Object.keys(of).join(", ")}` }]
  return (value) => {
    if (!isObject(value)) return noObject
    const kind = typeof value.kind === "string" && Object.hasOwn(of, value.kind) ? of[value.kind] : undefined
    return kind === undefined ? unknown : kind(value)
  }
}
