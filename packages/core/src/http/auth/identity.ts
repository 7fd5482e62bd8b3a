import { Effect } from "effect"
import { ConfigError, type ReadError } from "../../errors.ts"
import type { Transport } from "../client.ts"
import { ME, type Me } from "./me.ts"

/** Whose credentials these are: the cheapest question there is, 2 tokens. */
export const whoAmI = (transport: Transport): Effect.Effect<Me, ReadError> =>
  transport.get(ME).pipe(
    Effect.catchTag("RefusedError", ({ status, text }) =>
      Effect.fail(
        new ConfigError({
          message: `Pipedrive refused these credentials (${status}: ${text}). Check that the account is open and its user may use the API.`
        })
      )
    )
  )
