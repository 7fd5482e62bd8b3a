import type { Effect } from "effect"
import type { Config } from "../../config/config.ts"
import type { Debug } from "../../debug.ts"
import type { ConfigError, ReadError } from "../../errors.ts"
import type { Event } from "../../events.ts"
import type { SendHttp } from "../port.ts"
import type { RetryPolicy } from "../retry.ts"

/** Where a request goes, and the headers that authenticate it. */
export interface Access {
  /** Origin and prefix for each API version, without a trailing slash. */
  readonly base: { readonly v1: string; readonly v2: string }
  readonly headers: { readonly [name: string]: string }
  /** Which token it is: a 401 renews only the token that was refused. */
  readonly generation: number
}

export interface Auth {
  /** The current access, renewed first when it is about to expire. */
  readonly access: Effect.Effect<Access, ReadError>
  /** Renews the access, unless it is newer than the refused one. One renewal serves all that wait. Absent for a token that cannot be renewed. */
  readonly renew?: (refused: Access) => Effect.Effect<void, ReadError>
  /** The error when Pipedrive rejects the credentials (401), even after a renewal. */
  readonly rejected: ConfigError
  /** The text without any secrets. */
  readonly redact: (text: string) => string
}

/** What access is made of. */
export interface AuthOptions {
  readonly config: Config
  readonly send: SendHttp
  readonly emit: (event: Event) => Effect.Effect<void>
  readonly retryPolicy: RetryPolicy
  readonly userAgent: string
  readonly debug?: Debug
}
