import type { CustomField, CustomSeed, CustomType } from "./seed/custom-fields.ts"

/** Tables whose size can be chosen; children are spread over their parents. */
export const TABLES = [
  "users",
  "deals",
  "persons",
  "organizations",
  "activities",
  "products",
  "leads",
  "notes",
  "files",
  "filters",
  "pipelines",
  "stages",
  "activityTypes",
  "leadLabels",
  "callLogs",
  "noteComments",
  "dealFollowers",
  "personFollowers",
  "organizationFollowers",
  "productFollowers",
  "userFollowers",
  "dealParticipants",
  "relationships",
  "pictures",
  "variations",
  "images",
  "dealProducts",
  "installments",
  "discounts",
  "goals",
  "mailThreads",
  "mailMessages",
  "projects",
  "boards",
  "phases",
  "projectTemplates",
  "tasks",
  "projectGroups",
  "projectChanges",
  "roles",
  "permissionSets",
  "legacyTeams",
  "webhooks",
  "currencies",
  "dealChanges",
  "personChanges",
  "organizationChanges",
  "participantChanges"
] as const

export type Table = (typeof TABLES)[number]

/** Behaviours that no source settles; each has both positions so that a client can be tested in both. */
export interface Switches {
  /** Where rows without `update_time` stand in ascending order (mirrored in descending order). */
  readonly nulls: "first" | "last"
  /** A `limit` above the maximum: the maximum is used, or the request is refused. */
  readonly overLimit: "clamp" | "400"
  /** Shape of v1 offset paging: `additional_data.pagination` or `additional_data` itself. */
  readonly v1Paging: "nested" | "flat"
  /** `data` of an empty v1 list. */
  readonly emptyV1: "null" | "array"
  /** Age in milliseconds at which a v2 cursor is refused; `Infinity` is never. */
  readonly cursorExpiryMs: number
  /** Whether a change of a child (follower, product, participant …) sets its parent's `update_time`. */
  readonly childTouchesParent: boolean
  /** Whether archiving or unarchiving sets `update_time`. */
  readonly archivingTouches: boolean
  /** Whether pipelines and stages that were removed stay listed with `is_deleted`. */
  readonly deletedPipelinesListed: boolean
  /** Whether one goal comes without `tracking_metric`. */
  readonly goalsWithoutMetric: boolean
  /** Whether a refresh hands out a new refresh token. */
  readonly rotateRefreshToken: boolean
  /** Whether a refresh token that was rotated away can still be exchanged. */
  readonly oldRefreshTokenValid: boolean
  /** Whether answers that are not 200 cost tokens. */
  readonly failuresCost: boolean
  /** What the lists below a deleted parent answer. */
  readonly deletedParent: "404" | "410" | "rows"
  /** Whether `additional_data` is sent with bulk installments, whose schema declares none. */
  readonly installmentsPaged: boolean
  /** `data` of one permission set: an array as in the official example, or the object. */
  readonly permissionSetShape: "array" | "object"
  /** Whether `mailbox/mailThreads` and permission set assignments come with paging although none is declared. */
  readonly undeclaredPaging: boolean
  /** A request for one deleted note or file: refused, or answered for 30 days by the row with `active_flag: false`. */
  readonly deletedSingle: "404" | "410" | "row"
  /** A request for one row that the token's user may not see. */
  readonly hiddenSingle: "403" | "404"
}

/** How update times are spread over the years before the clock's start. */
export type Shape = "even" | "recent" | "dead" | "lone" | "denseDay" | "clumps" | "oneSecond"

export interface EmulatorOptions {
  /** Seed of the data; the same seed and sizes give the same bytes. */
  readonly seed?: number
  readonly size?: Partial<Record<Table, number>>
  readonly plan?: "lite" | "growth" | "premium" | "ultimate"
  readonly seats?: number
  /** Requests per rolling 2 s and API token (OAuth gets four times as many); `false` is no limit. */
  readonly burstLimit?: number | false
  /** Daily tokens instead of 30,000 × plan × seats. */
  readonly dailyTokens?: number
  /** Sends `x-ratelimit-*` (default true). */
  readonly burstHeaders?: boolean
  /** Sends `x-daily-ratelimit-token-*` (default true). */
  readonly dailyHeaders?: boolean
  /** Most rows on a page, whatever `limit` asks. */
  readonly maxPageSize?: number
  /** Real milliseconds before each answer. */
  readonly latencyMs?: number
  readonly switches?: Partial<Switches>
  /** Start of the emulator's own clock (default: now); all data lies before it. */
  readonly timeZeroMs?: number
  /** Accepted API tokens; the first is the first user's, the second the second's, and so on. */
  readonly tokens?: ReadonlyArray<string>
  /** Scopes of the OAuth grant (default: all that are readable). */
  readonly scopes?: ReadonlyArray<string>
  /** Add-ons and plan features that are on (default: all): projects, installments, teams, campaigns, calling. */
  readonly addOns?: ReadonlyArray<string>
  /** HTTP status of an endpoint whose add-on is off (default 403). */
  readonly addOnStatus?: 402 | 403 | 404 | 415
  /** Lifetime of an access token in seconds (default 3599). */
  readonly accessTokenSeconds?: number
  /** Compresses answers over 1 KB for clients that accept gzip (default false). */
  readonly gzip?: boolean
  /** Gives this many rows of a table one and the same `update_time`. */
  readonly tie?: { readonly table: Table; readonly rows: number }
  /** Spread of update times (default even, over three years). */
  readonly shape?: Shape
  /** Custom fields beyond one of every type that a company can create, and a few that are never filled. */
  readonly customFields?: CustomSeed
  /** Whether a few deals and persons have no `update_time` (default true). */
  readonly nullUpdateTimes?: boolean
  readonly port?: number
}

/** Records with custom fields; leads share those of deals. */
export type FieldedEntity = "deal" | "person" | "organization" | "product" | "project"

/** Custom fields, changed as their admins change them while the emulator runs. */
export interface CustomFieldControl {
  /** Fields of a record as they are now, in order. */
  list(entity: FieldedEntity): ReadonlyArray<Readonly<CustomField>>
  /** Makes a field, which rows have values of at once; returns its key. */
  create(entity: FieldedEntity, field: { name: string; type: CustomType; options?: ReadonlyArray<string> }): string
  rename(entity: FieldedEntity, key: string, name: string): void
  /** Takes a field and its values away. */
  remove(entity: FieldedEntity, key: string): void
  renameOption(entity: FieldedEntity, key: string, id: number, label: string): void
  /** Takes an option away; rows keep its id. */
  removeOption(entity: FieldedEntity, key: string, id: number): void
}

export interface LoggedRequest {
  /** 0-based position in the log since start (not reset by `clearRequests`). */
  readonly index: number
  readonly method: string
  /** `v2/deals/5/followers`; the token endpoint is `oauth/token`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly auth: "token" | "oauth" | "none"
  /** 0 while the answer is not sent and when the connection was cut before it. */
  readonly status: number
  readonly tokens: number
  /** Emulator clock, milliseconds. */
  readonly at: number
  readonly rows: number
  readonly bytes: number
  readonly fault?: FaultKind
}

export interface IncomingRequest {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly index: number
}

/** What can go wrong; `FAULT_KINDS` lists them at run time. */
export type FaultKind =
  | "status"
  | "burst429"
  | "burst429Bare"
  | "wordless429"
  | "daily429"
  | "daily429Bare"
  | "unauthorized"
  | "objectError"
  | "html200"
  | "html403"
  | "html502"
  | "scope403"
  | "permission403"
  | "notFound404"
  | "gone410"
  | "resetBeforeHeaders"
  | "resetInBody"
  | "truncatedJson"
  | "damagedRow"
  | "dataTwice"
  | "stalledBody"
  | "slowHeaders"
  | "damagedGzip"
  | "nullBody"
  | "emptyBody"
  | "successFalse"
  | "dataNull"
  | "missingData"
  | "missingAdditionalData"
  | "moreButEmpty"
  | "pagingWords"
  | "repeatedCursor"
  | "halfCursor"
  | "repeatedRows"
  | "repeatedPage"
  | "clampedStart"
  | "redirect"
  | "oversizedPage"
  | "oversizedBody"
  | "repeatedMembers"
  | "refuseIncludeFields"
  | "refuseCursor"
  | "refuseParent"
  | "noDate"
  | "skewedDate"
  | "prettyJson"
  | "rowWithoutData"

export interface FaultRule {
  readonly kind: FaultKind
  /** Which requests: an exact path (`v2/deals`) or a pattern; all when absent. */
  readonly path?: string | RegExp
  /** Query parameters that must have these values. */
  readonly query?: Readonly<Record<string, string>>
  /** First matching request that fails, 1-based (default 1). */
  readonly from?: number
  /** How many requests fail from there (default: all). */
  readonly times?: number
  /** For `status`, `refuseParent` and `refuseCursor`. */
  readonly status?: number
  /** For `successFalse` and `status`: `errorCode` of the body. */
  readonly errorCode?: number
  /** Text of the error, where the kind has one. */
  readonly error?: string
  /** `x-ratelimit-remaining`, for `burst429` and `wordless429`; then nothing is said of the day. */
  readonly remaining?: number
  /** `retry-after` in seconds, for 429 and 503. */
  readonly retryAfter?: number
  /** Real milliseconds, for `slowHeaders`. */
  readonly delayMs?: number
  /** JSON text that `pagingWords` sends as `additional_data`. */
  readonly words?: string
  /** For `oversizedBody`: whether it is packed. */
  readonly gzip?: boolean
  /** Value of `include_fields` that `refuseIncludeFields` refuses (default: any). */
  readonly value?: string
  /** Only requests that name one of these parents, in the path, in `deal_ids`, `org_id` or `board_id`. */
  readonly ids?: ReadonlyArray<string | number>
  /** Target of `redirect`. */
  readonly location?: string
  /** Bytes of `oversizedPage` (default 20 MB) and of `oversizedBody`, unpacked (default 100 MB). */
  readonly bytes?: number
  /** Milliseconds that `skewedDate` adds to the `Date` header (default an hour). */
  readonly skewMs?: number
}

export interface Clock {
  /** Milliseconds; advances with real time. */
  now(): number
  advance(ms: number): void
  set(ms: number): void
  /** Whether answers carry `Date` (default true). */
  dateHeader: boolean
  /** Added to the `Date` header alone. */
  dateSkewMs: number
}

/**
 * A running emulator. `path` is `v1/…` or `v2/…` without the host's prefix and may carry a query
 * (`v2/deals/products?deal_ids=1,2`).
 */
export interface Emulator {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly apiToken: string
  readonly oauth: {
    readonly clientId: string
    readonly clientSecret: string
    readonly refreshToken: string
  }
  readonly requests: ReadonlyArray<LoggedRequest>
  clearRequests(): void
  /** Tokens charged since the start. */
  tokensSpent(): number
  /** Tokens left of the day. */
  tokensLeft(): number
  /** Raw JSON text of every row the endpoint would list now: all pages, no HTTP, no cost, no faults. */
  rows(path: string, query?: Readonly<Record<string, string>>): string[]
  /** Ids of the same rows; the row's internal number where the API's rows have no id. */
  ids(path: string, query?: Readonly<Record<string, string>>): Array<string | number>
  /** Edits rows of the table behind a list: `update_time` becomes now unless patched, and another value changes. */
  edit(path: string, ids: ReadonlyArray<string | number>, patch?: Readonly<Record<string, unknown>>): string[]
  /** Adds rows made now to the table behind a list. */
  insert(path: string, count: number, patch?: Readonly<Record<string, unknown>>): string[]
  /** Deletes as the API does: deals and projects become listable by `status=deleted`, users inactive, others leave. */
  remove(path: string, ids: ReadonlyArray<string | number>): void
  /** Takes rows away for good, as 30 days after their deletion: no list of deleted rows has them. */
  purge(path: string, ids: ReadonlyArray<string | number>): void
  /** Brings deleted rows back; `update_time` becomes now unless `keepTime` is set. */
  restore(path: string, ids: ReadonlyArray<string | number>, how?: { readonly keepTime?: boolean }): void
  /** Merges rows into another one, which becomes new; they are gone as if purged. */
  merge(path: string, ids: ReadonlyArray<string | number>, into: string | number): void
  /** Makes deals of leads, or leads of deals: the old ones are deleted. Returns the new rows. */
  convert(path: string, ids: ReadonlyArray<string | number>): string[]
  /** Moves deals, leads or projects into the archive, or out of it (`out`). */
  archive(path: string, ids: ReadonlyArray<string | number>, how?: { readonly out?: boolean }): void
  /** Hides rows from the user of one token, or from everybody, as a change of their visibility does. */
  hide(path: string, ids: ReadonlyArray<string | number>, how?: { readonly from?: string }): void
  /** Shows hidden rows to everybody again; `update_time` becomes now if `touch` is set. */
  show(path: string, ids: ReadonlyArray<string | number>, how?: { readonly touch?: boolean }): void
  /** Makes changes whose rows carry the time of now and are seen `delayMs` later, as writes that commit late. */
  late(delayMs: number, changes: () => void): void
  /** Called before each answer; may change data. Returns its own removal. */
  onRequest(hook: (request: IncomingRequest) => void): () => void
  /** Adds a fault. Returns its own removal. */
  fault(rule: FaultRule): () => void
  readonly customFields: CustomFieldControl
  readonly clock: Clock
  close(): Promise<void>
}
