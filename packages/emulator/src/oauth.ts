import { randomBytes } from "node:crypto"
import type { Account } from "./account.ts"
import { hex } from "./random.ts"

interface Grant {
  readonly scopes: ReadonlyArray<string>
  readonly expiresMs: number
}

/** Answer of the token endpoint. */
export interface TokenAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Path of the token endpoint. */
export const TOKEN_PATH = "oauth/token"
/** Path of the page where people allow an app. */
export const AUTHORIZE_PATH = "oauth/authorize"

/** A code can be exchanged for so long. */
const CODE_LIFE_MS = 5 * 60_000

const REFRESH_LIFE_MS = 60 * 86_400_000

const refuse = (error: string, message: string): TokenAnswer => ({
  status: 400,
  body: { success: false, message, error }
})

/** Client, refresh tokens and access tokens of one installed app. */
export class OAuth {
  readonly clientId: string
  readonly clientSecret: string
  readonly #account: Account
  readonly #access = new Map<string, Grant>()
  readonly #refresh = new Map<string, number>()
  readonly #codes = new Map<string, { readonly redirectUri: string; readonly givenMs: number }>()
  #current: string

  constructor(account: Account) {
    this.#account = account
    this.clientId = hex(16, account.seed, 901)
    this.clientSecret = hex(40, account.seed, 902)
    this.#current = `1:1:${hex(40, account.seed, 903)}`
    this.#refresh.set(this.#current, account.clock.now())
  }

  /** The refresh token that is valid now. */
  get refreshToken(): string {
    return this.#current
  }

  /** Scopes of an access token; undefined when it is unknown or expired. */
  scopes(token: string): ReadonlyArray<string> | undefined {
    const grant = this.#access.get(token)
    return grant === undefined || grant.expiresMs <= this.#account.clock.now() ? undefined : grant.scopes
  }

  /**
   * Where the browser is sent once somebody has allowed the app, which here is at once; undefined where the page would
   * show an error instead.
   */
  authorize(query: ReadonlyMap<string, string>): string | undefined {
    const redirectUri = query.get("redirect_uri") ?? ""
    if (query.get("client_id") !== this.clientId || !URL.canParse(redirectUri)) return undefined
    const code = randomBytes(20).toString("hex")
    this.#codes.set(code, { redirectUri, givenMs: this.#account.clock.now() })
    const address = new URL(redirectUri)
    address.searchParams.set("code", code)
    const state = query.get("state")
    if (state !== undefined) address.searchParams.set("state", state)
    return address.href
  }

  exchange(
    contentType: string | undefined,
    authorization: string | undefined,
    body: string,
    origin: string
  ): TokenAnswer {
    if (!contentType?.startsWith("application/x-www-form-urlencoded")) {
      return refuse("invalid_request", "Invalid request: content must be application/x-www-form-urlencoded")
    }
    const form = new URLSearchParams(body)
    let client = form.get("client_id")
    let secret = form.get("client_secret")
    if (authorization !== undefined) {
      if (!/^Basic [A-Za-z0-9+/=]+$/.test(authorization)) {
        return refuse("invalid_request", "Invalid request: malformed authorization header")
      }
      const [name = "", ...rest] = Buffer.from(authorization.slice(6), "base64").toString().split(":")
      client = name
      secret = rest.join(":")
    }
    if (client === null || secret === null) {
      return refuse("invalid_client", "Invalid client: cannot retrieve client credentials")
    }
    if (client !== this.clientId || secret !== this.clientSecret) {
      return refuse("invalid_client", "Invalid client: client is invalid")
    }
    const grantType = form.get("grant_type")
    if (grantType === null || grantType === "") return refuse("invalid_request", "Missing parameter: grant_type")
    if (grantType === "authorization_code") {
      const code = form.get("code") ?? ""
      const given = this.#codes.get(code)
      this.#codes.delete(code)
      const isGood =
        given !== undefined &&
        given.redirectUri === form.get("redirect_uri") &&
        this.#account.clock.now() - given.givenMs <= CODE_LIFE_MS
      return isGood
        ? this.#renew(this.#current, origin)
        : refuse("invalid_grant", "Invalid grant: authorization_code is invalid")
    }
    if (grantType !== "refresh_token") {
      return refuse("unsupported_grant_type", "Unsupported grant type: grant_type is invalid")
    }
    return this.#renew(form.get("refresh_token") ?? "", origin)
  }

  #renew(given: string, origin: string): TokenAnswer {
    const { clock, switches, options } = this.#account
    const now = clock.now()
    const used = this.#refresh.get(given)
    if (used === undefined || now - used > REFRESH_LIFE_MS) {
      return refuse("invalid_grant", "Invalid grant: refresh_token is invalid")
    }
    this.#refresh.set(given, now)
    if (switches.rotateRefreshToken) {
      if (!switches.oldRefreshTokenValid) this.#refresh.delete(given)
      this.#current = `1:1:${randomBytes(20).toString("hex")}`
      this.#refresh.set(this.#current, now)
    }
    const seconds = options.accessTokenSeconds ?? 3599
    const access = `v1u:${randomBytes(240).toString("base64url")}`
    this.#access.set(access, { scopes: this.#account.scopes, expiresMs: now + seconds * 1000 })
    return {
      status: 200,
      body: {
        access_token: access,
        token_type: "Bearer",
        refresh_token: switches.rotateRefreshToken ? this.#current : given,
        scope: this.#account.scopes.join(","),
        expires_in: seconds,
        api_domain: origin
      }
    }
  }
}
