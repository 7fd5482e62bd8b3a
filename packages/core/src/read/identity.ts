import { Effect } from "effect"
import { ConfigError, type ReadError } from "../errors.ts"
import { textOf } from "../text.ts"
import type { Reading, Transport } from "../transport.ts"

interface Me {
  readonly user: string
  readonly company: string
}

const meIn = (body: Uint8Array): Reading<Me> => {
  let said: unknown
  try {
    said = JSON.parse(textOf(body))
  } catch {
    return { _tag: "Damaged", why: "an answer that is no whole JSON" }
  }
  const { data, success, errorCode, error } = (said ?? {}) as {
    data?: { name?: unknown; company_name?: unknown; company_domain?: unknown } | null
    success?: unknown
    errorCode?: unknown
    error?: unknown
  }
  if (success === false && typeof errorCode === "number") {
    return { _tag: "Refused", status: errorCode, text: String(error ?? "no reason given") }
  }
  if (typeof data !== "object" || data === null) return { _tag: "Damaged", why: "an answer without data" }
  return {
    _tag: "Read",
    value: {
      user: String(data.name ?? "unnamed user"),
      company: String(data.company_name ?? data.company_domain ?? "unnamed company")
    }
  }
}

/** Whose credentials these are: the cheapest question there is, 2 tokens. */
export const whoAmI = (transport: Transport): Effect.Effect<Me, ReadError> =>
  transport
    .get({
      stream: "users/me",
      path: "v1/users/me",
      query: {},
      tokens: 2,
      sent: () => {},
      read: ({ body }) => meIn(body)
    })
    .pipe(
      Effect.catchTag("RefusedError", ({ status, text }) =>
        Effect.fail(
          new ConfigError({
            message: `Pipedrive refused these credentials (${status}: ${text}). Check that the account is open and its user may use the API.`
          })
        )
      )
    )
