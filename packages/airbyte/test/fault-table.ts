import type { FaultRule } from "pipedrive-emulator"

/** What becomes of a stream. */
export type Fate =
  | "recovers"
  | "ConfigError"
  | "TransientError"
  | "SystemError"
  /** A parent is passed over, and so are its children. */
  | "skipped"

/** What becomes of it when a fault happens once, and when it goes on. */
export interface Fates {
  readonly once: Fate
  readonly lasting: Fate
}

/** On the way to the server: nobody listens, nobody knows the host, or an error repeats the request. */
export type Obstacle = "refusedConnection" | "unknownHost" | "echo"

/** A fault of the server's, or one on the way to it. */
export type FaultCause = Omit<FaultRule, "path" | "from" | "times"> | { readonly kind: Obstacle }

export interface Fault extends Fates {
  readonly cause: FaultCause
  /** Where children fare otherwise. */
  readonly child?: Fates
  /** Where access by OAuth fares otherwise. */
  readonly oauth?: Fates
  /** Where the struck answer is the last of its list, and fares otherwise. */
  readonly atEnd?: Fate
  /** At the token endpoint; a fault without it means nothing there. */
  readonly token?: Fates
  /** Whether it ends the run for all streams. */
  readonly halts?: true
  /** Where it means nothing elsewhere: lists of several pages, their pages after the first, those by cursor … */
  readonly only?: "pages" | "laterPages" | "laterPagesByCursor" | "children" | "token"
}

type More = Omit<Fault, "cause" | "once" | "lasting">

const always = (fate: Fate): Fates => ({ once: fate, lasting: fate })

const again: Fates = { once: "recovers", lasting: "TransientError" }

const final = (cause: FaultCause, fate: Fate, more: More = {}): Fault => ({ cause, ...always(fate), ...more })

/** Another try may heal it. */
const passing = (cause: FaultCause, more: More = { token: again }): Fault => ({ cause, ...again, ...more })

/** Asked for once more; a server that stays with it is not understood. */
const slip = (cause: FaultCause, more: More = {}): Fault => ({
  cause,
  once: "recovers",
  lasting: "SystemError",
  ...more
})

const harmless = (cause: FaultCause, more: More = { token: always("recovers") }): Fault =>
  final(cause, "recovers", more)

const hourMs = 3_600_000
const passedOver = { once: "skipped", lasting: "skipped" } as const
/** One parent may not be read, or none. */
const forbidden = { once: "skipped", lasting: "ConfigError" } as const
const refusedToken = always("ConfigError")
/** Something that is not Pipedrive answers in its place. */
const strange = always("SystemError")

/** All faults, one entry each. */
export const faults: Readonly<Record<string, Fault>> = {
  "408": passing({ kind: "status", status: 408 }),
  "500": passing({ kind: "status", status: 500 }),
  "502": passing({ kind: "status", status: 502 }),
  "503": passing({ kind: "status", status: 503 }),
  "504": passing({ kind: "status", status: 504 }),
  "a refused connection": passing({ kind: "refusedConnection" }),
  "a host name nobody knows": passing({ kind: "unknownHost" }),
  "a reset before the headers": passing({ kind: "resetBeforeHeaders" }),
  "a reset inside the body": passing({ kind: "resetInBody" }),
  "JSON that breaks off": passing({ kind: "truncatedJson" }),
  "JSON damaged within a row": passing({ kind: "damagedRow" }, {}),
  "data twice": passing({ kind: "dataTwice" }, {}),
  "an answer beyond the bound": passing({ kind: "oversizedBody", bytes: 1_500_000 }),
  "an answer that unpacks to one beyond the bound": passing({ kind: "oversizedBody", bytes: 1_500_000, gzip: true }),
  "a body that stalls": passing({ kind: "stalledBody" }),
  "headers that come too late": passing({ kind: "slowHeaders", delayMs: 12_000 }),
  "damaged gzip": passing({ kind: "damagedGzip" }),
  "HTML with 200": passing({ kind: "html200" }),
  "HTML with 502": passing({ kind: "html502" }),
  "a body of null": passing({ kind: "nullBody" }),
  "no body": passing({ kind: "emptyBody" }),
  "success false with 200": passing({ kind: "successFalse" }),
  "no data": passing({ kind: "missingData" }, {}),
  "data null where rows were promised": passing({ kind: "dataNull" }, { only: "pages" }),
  "no word on further pages": passing({ kind: "missingAdditionalData" }, { atEnd: "recovers" }),
  "a burst limit": passing({ kind: "burst429" }),
  "a burst limit without headers": passing({ kind: "burst429Bare" }),
  "a burst limit with room left": passing({ kind: "burst429", remaining: 79, retryAfter: 0 }),
  "429 without a word": passing({ kind: "wordless429", retryAfter: 0 }),
  "the day's budget": final({ kind: "daily429" }, "TransientError", { token: again, halts: true }),
  "the day's budget without headers": final({ kind: "daily429Bare" }, "TransientError", { token: again, halts: true }),
  "401 of one endpoint": final({ kind: "unauthorized" }, "ConfigError", {
    child: forbidden,
    oauth: { once: "recovers", lasting: "ConfigError" },
    token: refusedToken
  }),
  "an error that is no text": final({ kind: "objectError", status: 402 }, "ConfigError", { token: strange }),
  "a refresh token refused": final({ kind: "status", status: 400, error: "invalid_grant" }, "ConfigError", {
    only: "token",
    token: refusedToken
  }),
  "an app refused": final({ kind: "status", status: 401, error: "invalid_client" }, "ConfigError", {
    only: "token",
    token: refusedToken
  }),
  "402": final({ kind: "status", status: 402 }, "ConfigError", { token: strange }),
  "403 for a scope": final({ kind: "scope403" }, "ConfigError"),
  "403 for a permission": final({ kind: "permission403" }, "ConfigError", { child: forbidden, token: refusedToken }),
  "403 on one parent": final({ kind: "refuseParent" }, "skipped", { only: "children" }),
  "403 of the network": final({ kind: "html403" }, "ConfigError", { token: always("ConfigError"), halts: true }),
  "404": final({ kind: "notFound404" }, "SystemError", { child: passedOver, token: strange }),
  "410": final({ kind: "gone410" }, "SystemError", { child: passedOver, token: strange }),
  "414": final({ kind: "status", status: 414 }, "SystemError", { token: strange }),
  "415": final({ kind: "status", status: 415 }, "ConfigError", { token: strange }),
  "success false with an errorCode of 403": final({ kind: "successFalse", errorCode: 403 }, "ConfigError", {
    child: forbidden
  }),
  "an error that repeats the request": final({ kind: "echo" }, "ConfigError", { token: strange }),
  "a redirect to another host": final({ kind: "redirect" }, "SystemError", { token: strange }),
  "the same cursor again": slip({ kind: "repeatedCursor" }, { only: "laterPagesByCursor" }),
  "the same page again": slip({ kind: "repeatedPage" }, { only: "laterPages" }),
  "odd words on further pages": slip({ kind: "pagingWords", words: '{"next_cursor":12345}' }),
  "rows that come again at the edge of a page": harmless({ kind: "repeatedRows" }, { only: "laterPages" }),
  "an answer of 1 MB": harmless({ kind: "oversizedPage", bytes: 1_000_000 }),
  "members of rows that stand there twice": harmless({ kind: "repeatedMembers" }, {}),
  "no clock": harmless({ kind: "noDate" }),
  "a clock an hour ahead": harmless({ kind: "skewedDate", skewMs: hourMs }),
  "a clock an hour behind": harmless({ kind: "skewedDate", skewMs: -hourMs }),
  "JSON on many lines": harmless({ kind: "prettyJson" })
}
