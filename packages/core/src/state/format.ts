import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"
import { askedAs } from "../page/parent-key.ts"
import { secondsOf } from "./cursor.ts"
import { type Check, each, type Flaw, list, members, that } from "./shape.ts"

/** Groups into which the keys of a list fall that is too long for a hash each. */
export const BUCKETS = 4096

const text = that((value) => typeof value === "string", "is not a text")
const yes = that((value) => value === true, "is not true")
const amount = that((value) => typeof value === "number" && value >= 0, "is not a number from 0 on")
const offset = that((value) => Number.isSafeInteger(value) && (value as number) >= 0, "is not a whole number from 0 on")
const width = that((value) => Number.isSafeInteger(value) && (value as number) >= 1, "is not a whole number from 1 on")
const parentKey = that(
  (value) => typeof value === "string" && askedAs(value) !== undefined,
  "is not the key of a parent"
)
const level = that((value) => value === "always" || value === "none", 'is neither "always" nor "none"')
const buckets = that(
  (value) => typeof value === "string" && value.split(",").length === BUCKETS,
  `is not a text of ${BUCKETS} hashes`
)

const dated = that((value) => !Number.isNaN(secondsOf(String(value))), "is not a date and time")
const time: Check = (value) => (typeof value === "string" ? dated : text)(value)

/** What a list held: a hash for each key, or for each group of keys. */
const content = { hashes: each(text), buckets, width, from: offset }

/** Parents that could not be read, or whose `null` counts as no rows. */
const parents = list(
  members({ id: parentKey, of: text, start: text, end: text, period: text, null_runs: amount }, ["id"])
)

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
  failed: parents,
  empty: parents,
  ...content,
  parents: each(members({ ...unfinished, ...content, mark: time, through: yes, read: time })),
  sweep: members({ swept: time, began: time, parent: text, at: text, cursor: text, day: time, spent: amount })
})

/**
 * What is wrong with this source's own part of a state, of whichever kind of stream. A member that is not as it was
 * written is never passed over: what it stood for would silently be read anew.
 */
export const ownFlaw = (extension: JsonObject): Flaw | undefined => {
  const [flaw] = whole(extension)
  if (flaw !== undefined) return { ...flaw, field: `_ab.${flaw.field}` }
  const isLost = isObject(extension.at) && typeof extension.began !== "string"
  return isLost ? { field: "_ab.began", words: "is missing" } : undefined
}
