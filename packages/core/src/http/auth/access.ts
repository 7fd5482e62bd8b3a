import type { Effect } from "effect"
import type { Config } from "../../config/config.ts"
import type { Debug } from "../../debug.ts"
import type { ConfigError, ReadError } from "../../errors.ts"
import type { Event } from "../../events.ts"
import type { Limits } from "../limits.ts"
import type { SendHttp } from "../port.ts"

/** Where a request goes and what it carries to be let in. */
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
  /** A new access, or the error that there is none to be had. One renewal serves all who wait. Absent for a token that has no other form. */
  readonly renew?: (refused: Access) => Effect.Effect<void, ReadError>
  /** What it means when Pipedrive does not know the credentials (401), also after a renewal. */
  readonly rejected: ConfigError
  /** The text without any secret in it. */
  readonly redact: (text: string) => string
}

/** What access is made from. */
export interface AuthOptions {
  readonly config: Config
  readonly send: SendHttp
  readonly emit: (event: Event) => Effect.Effect<void>
  readonly limits: Limits
  readonly userAgent: string
  readonly debug?: Debug
}
