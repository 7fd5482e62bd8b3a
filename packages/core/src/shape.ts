import type { JsonObject } from "./events.ts"
import { isObject } from "./json.ts"

/** What is wrong with a value: the field, and how it is not as it has to be. */
export interface Flaw {
  readonly field: string
  readonly words: string
}

/** Finds all that is wrong with a value. */
export type Check = (value: unknown, field: string) => ReadonlyArray<Flaw>

const isNothing = (value: unknown): value is null | undefined => value === undefined || value === null

const under = (field: string, name: string): string => (field === "" ? name : `${field}.${name}`)

/** A value of which this holds. */
export const that =
  (is: (value: unknown) => boolean, words: string): Check =>
  (value, field) =>
    is(value) ? [] : [{ field, words }]

/** A member's value; what is no JSON may throw where it is read. */
const read = (value: JsonObject, name: string): { readonly value: unknown } | { readonly words: string } => {
  try {
    return { value: value[name] }
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split("\n")
    return { words: `cannot be read (${line})` }
  }
}

/** An object with these members, as far as they are there and not null; further ones pass. */
export const members =
  (checks: { readonly [name: string]: Check }, needed: ReadonlyArray<string> = []): Check =>
  (value, field) => {
    if (!isObject(value)) return [{ field, words: "is not an object" }]
    return Object.entries(checks).flatMap(([name, check]) => {
      const member = read(value, name)
      if ("words" in member) return [{ field: under(field, name), words: member.words }]
      if (!isNothing(member.value)) return check(member.value, under(field, name))
      return needed.includes(name) ? [{ field: under(field, name), words: "is missing" }] : []
    })
  }

/** An object whose members are all of one kind, whatever their names. */
export const each =
  (check: Check): Check =>
  (value, field) =>
    isObject(value)
      ? Object.entries(value).flatMap(([name, member]) => check(member, under(field, name)))
      : [{ field, words: "is not an object" }]

/** A list of objects of one kind. */
export const list =
  (check: Check): Check =>
  (value, field) =>
    Array.isArray(value) && value.every(isObject)
      ? value.flatMap((item, index) => check(item, `${field}[${index}]`))
      : [{ field, words: "is not a list of objects" }]

/** An object of one of several kinds, which its member `kind` names. */
export const kinds =
  (of: { readonly [kind: string]: Check }): Check =>
  (value, field) => {
    if (!isObject(value)) return [{ field, words: "is not an object" }]
    const kind = typeof value.kind === "string" && Object.hasOwn(of, value.kind) ? of[value.kind] : undefined
    const words = `is none of ${Object.keys(of).join(", ")}`
    return kind === undefined ? [{ field: under(field, "kind"), words }] : kind(value, field)
  }
