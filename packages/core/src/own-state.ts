import { secondsOf } from "./cursor.ts"
import type { JsonObject } from "./events.ts"
import { isObject } from "./json.ts"

/** What is wrong with a state: the field, and how it is not as it has to be. */
export interface Flaw {
  readonly field: string
  readonly words: string
}

/** Groups into which the keys of a list fall that is too long for a hash each. */
export const BUCKETS = 4096

/** Finds what is wrong with a value; null and absent members are passed over before. */
type Check = (value: unknown, field: string) => Flaw | undefined

const that =
  (is: (value: unknown) => boolean, words: string): Check =>
  (value, field) =>
    is(value) ? undefined : { field, words }

const text = that((value) => typeof value === "string", "is not a text")
const yes = that((value) => value === true, "is not true")
const amount = that((value) => typeof value === "number" && value >= 0, "is not a number from 0 on")
const offset = that((value) => Number.isSafeInteger(value) && (value as number) >= 0, "is not a whole number from 0 on")
const level = that((value) => value === "always" || value === "none", 'is neither "always" nor "none"')
const buckets = that(
  (value) => typeof value === "string" && value.split(",").length === BUCKETS,
  `is not a text of ${BUCKETS} hashes`
)

const time: Check = (value, field) =>
  text(value, field) ??
  (Number.isNaN(secondsOf(value as string)) ? { field, words: "is not a date and time" } : undefined)

const firstOf = (flaws: Iterable<Flaw | undefined>): Flaw | undefined => {
  for (const flaw of flaws) if (flaw !== undefined) return flaw
  return undefined
}

const isNothing = (value: unknown): boolean => value === undefined || value === null

/** An object with these members, as far as they are there; further ones pass. */
const members =
  (checks: { readonly [name: string]: Check }, needed: ReadonlyArray<string> = []): Check =>
  (value, field) => {
    if (!isObject(value)) return { field, words: "is not an object" }
    const missing = needed.find((name) => isNothing(value[name]))
    if (missing !== undefined) return { field: `${field}.${missing}`, words: "is missing" }
    return firstOf(
      Object.entries(checks).map(([name, check]) =>
        isNothing(value[name]) ? undefined : check(value[name], `${field}.${name}`)
      )
    )
  }

/** An object whose members are all of one kind, whatever their names. */
const each =
  (check: Check): Check =>
  (value, field) =>
    isObject(value)
      ? firstOf(Object.entries(value).map(([name, member]) => check(member, `${field}.${name}`)))
      : { field, words: "is not an object" }

const list =
  (check: Check): Check =>
  (value, field) =>
    Array.isArray(value) && value.every(isObject)
      ? firstOf(value.map((item, index) => check(item, `${field}[${index}]`)))
      : { field, words: "is not a list of objects" }

const unfinished = {
  windows: list(members({ since: time, at: time, stop: time, cursor: text, nulls: yes })),
  settle: time
}

const whole = members({
  ...unfinished,
  full: yes,
  whole: time,
  reading: time,
  include: members({ level, at: time }, ["level", "at"]),
  at: members({ start: offset, last: text, greatest: time }, ["start", "last"]),
  began: time,
  read: time,
  hashes: each(text),
  buckets,
  parents: each(members({ ...unfinished, mark: time, through: yes, hashes: each(text) })),
  sweep: members({ swept: time, began: time, parent: text, at: text, cursor: text, day: time, spent: amount })
})

/**
 * What is wrong with this source's own part of a state, of whichever kind of stream. A member that is not as it was
 * written is never passed over: what it stood for would silently be read anew.
 */
export const ownFlaw = (own: JsonObject): Flaw | undefined =>
  whole(own, "_ab") ??
  (!isNothing(own["at"]) && isNothing(own["began"]) ? { field: "_ab.began", words: "is missing" } : undefined)
