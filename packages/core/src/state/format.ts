/**
 * The format of what this source keeps of a stream beside its cursor: the member `_ab` of a state, its *extension*.
 *
 *   since             windows settle whole reading include     slices that are left to be read; the last whole read
 *   newestFirst       at began whole                           where a first read on its way up has come to
 *   snapshot          read took hashes | buckets width from    what the list held when it was last read; `pass` and
 *                     began pass                              `began` while its children are being read
 *   ofChangedParents  parents sweep failed empty               the same for each list of parents; the rescan under way
 *
 * `deletions` holds the ids of a stream whose deletions are tracked. Each stream has `v`, and `full` where a full refresh
 * was cut short. In a state times are texts; decoded they are epoch seconds. Members keep their names for ever, as states
 * do.
 */

import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"
import { askedAs } from "../page/parent-key.ts"
import { type Flaw, that } from "../shape.ts"
import { type Codec, type Decoded, listOf, objectOf, plain, recordOf } from "./codec.ts"
import { secondsOf, zonedText } from "./cursor.ts"
import { idsIn } from "./key-list.ts"

/** Version of the format; a state of a higher one is refused. */
export const STATE_VERSION = 1

/** Groups into which the keys of a list fall that is too long for a hash each. */
export const BUCKETS = 4096

const string = plain<string>((value) => typeof value === "string", "is not a string")
const yes = plain<true>((value) => value === true, "is not true")
const amount = plain<number>((value) => typeof value === "number" && value >= 0, "is not a number from 0 on")
const wholeNumber = (least: number) =>
  plain<number>(
    (value) => Number.isSafeInteger(value) && (value as number) >= least,
    `is not a whole number from ${least} on`
  )
const isKey = (value: unknown): boolean => typeof value === "string" && askedAs(value) !== undefined
const parentKey = plain<string>(isKey, "is not the key of a parent")
const level = plain<"always" | "none">(
  (value) => value === "always" || value === "none",
  'is neither "always" nor "none"'
)

const isDated = that((value) => !Number.isNaN(secondsOf(String(value))), "is not a date and time")
const time: Codec<number> = {
  check: (value) => (typeof value === "string" ? isDated : string.check)(value),
  decode: secondsOf,
  encode: zonedText
}

const buckets: Codec<ReadonlyArray<string>> = {
  check: that(
    (value) => typeof value === "string" && value.split(",").length === BUCKETS,
    `is not a string of ${BUCKETS} hashes`
  ),
  decode: (text: string) => text.split(","),
  encode: (hashes) => hashes.join(",")
}

const slice = objectOf({}, { since: time, at: time, stop: time, cursor: string, nulls: yes })

/** Slices of a list that have not been read, and the safe watermark where the list may change behind the reader. */
const unread = { windows: listOf(slice), settle: time }

/** What a list held: a hash for each key, or one for each group of keys with the ids in a group and the first id. */
const content = { hashes: recordOf(string), buckets, width: wholeNumber(1), from: wholeNumber(0) }

const failedParent = objectOf(
  { id: parentKey },
  { of: string, start: string, end: string, period: string, null_runs: amount }
)

const ids = plain<string>((value) => typeof value === "string" && idsIn(value) !== undefined, "is not a list of ids")
const keys = plain<ReadonlyArray<string>>(
  (value) => Array.isArray(value) && value.every(isKey),
  "is not a list of keys"
)

/** Parents whose children have been read in the pass under way, by their own time. */
const passGroup = objectOf({}, { at: time, ids, keys })
const pass = listOf(passGroup)

/** What a child stream knows of a list of its parents; `through` where the children of the watermark's second are in. */
const parentList = objectOf({}, { mark: time, through: yes, read: time, ...unread, pass, ...content })

const rescan = objectOf(
  {},
  {
    /** Start of the last whole rescan. */
    swept: time,
    /** Start of the one under way. */
    began: time,
    /** The list it has come to, and the id of the last parent, as JSON text. */
    parent: string,
    at: string,
    /** The vendor's cursor of the page it stands in. */
    cursor: string,
    /** Day (UTC), and tokens spent on it. */
    day: string,
    spent: amount
  }
)

/** Ids of the rows in the warehouse, where deletions are tracked: see deletions/tracked-ids.ts. */
const deletions = objectOf(
  {},
  {
    known: string,
    doubt: string,
    /** In place of both: there are too many ids for a state. */
    off: plain<"size">((value) => value === "size", 'is not "size"'),
    /** When the list was last compared with them. */
    swept: time,
    /** For children: the start date under which their parents were read. */
    start: time,
    /** Whose credentials the last comparison was made with. */
    user: plain<number>((value) => Number.isSafeInteger(value), "is not a whole number")
  }
)

const format = objectOf(
  {},
  {
    v: amount,
    full: yes,
    ...unread,
    /** Start of the last whole read, and of the one under way. */
    whole: time,
    reading: time,
    /** Optional fields that Pipedrive refused, and when. */
    include: objectOf({ level, at: time }, {}),
    /** A first read on its way up: the offset it has come to, the key of the last row, and the latest time. */
    at: objectOf({ start: wholeNumber(0), last: string }, { greatest: time }),
    began: time,
    /** When the list was last read whole, and how many seconds that took. */
    read: time,
    took: amount,
    pass,
    deletions,
    ...content,
    parents: recordOf(parentList),
    sweep: rescan,
    failed: listOf(failedParent),
    empty: listOf(failedParent)
  }
)

export type Extension = Decoded<typeof format>
export type ListExtension = Decoded<typeof parentList>
export type SliceExtension = Decoded<typeof slice>
export type Rescan = Decoded<typeof rescan>
export type PassExtension = Decoded<typeof passGroup>
export type DeletionsExtension = Decoded<typeof deletions>
/** What a list held when it was last read. */
export type Content = Pick<Extension, keyof typeof content>

/** The extension as a state keeps it. */
export const encodeExtension = (extension: Extension): JsonObject =>
  format.encode({ v: STATE_VERSION, ...extension }) as JsonObject

/**
 * What is wrong with the extension in a state. A member that is not as it was written is never passed over: what it
 * stood for would silently be read anew.
 */
export const extensionFlaw = (json: JsonObject): Flaw | undefined => {
  const [flaw] = format.check(json)
  if (flaw !== undefined) return { ...flaw, field: `_ab.${flaw.field}` }
  const isLost = isObject(json.at) && typeof json.began !== "string"
  return isLost ? { field: "_ab.began", words: "is missing" } : undefined
}

/** Reads an extension in which `extensionFlaw` found nothing wrong. */
export const decodeExtension = (json: JsonObject): Extension => format.decode(json as never)
