import { textOf } from "../../page/text.ts"
import type { Reading } from "../outcome.ts"
import { isFailure } from "../statuses.ts"

/** Whom the credentials belong to. */
export interface Me {
  /** Id of the user; undefined where the answer names none. */
  readonly id: number | undefined
  readonly user: string
  readonly company: string
  /** Pipedrive's own number of the company; undefined where the answer has none. */
  readonly companyId?: number
}

const plainText = (...values: ReadonlyArray<unknown>): string | undefined =>
  values.find((value): value is string => typeof value === "string" && value !== "")

const meIn = (body: Uint8Array): Reading<Me> => {
  let said: unknown
  try {
    said = JSON.parse(textOf(body))
  } catch {
    return { _tag: "Damaged", why: "an answer that is not complete JSON" }
  }
  const { data, success, errorCode, error } = (said ?? {}) as {
    data?: {
      id?: unknown
      name?: unknown
      company_name?: unknown
      company_domain?: unknown
      company_id?: unknown
    } | null
    success?: unknown
    errorCode?: unknown
    error?: unknown
  }
  if (success === false && typeof errorCode === "number" && isFailure(errorCode)) {
    return { _tag: "Refused", status: errorCode, text: plainText(error) ?? "no reason given" }
  }
  if (typeof data !== "object" || data === null) return { _tag: "Damaged", why: "an answer without data" }
  const companyId = Number(data.company_id)
  return {
    _tag: "Read",
    value: {
      id: typeof data.id === "number" ? data.id : undefined,
      user: plainText(data.name) ?? "unnamed user",
      company: plainText(data.company_name, data.company_domain) ?? "unnamed company",
      ...(Number.isSafeInteger(companyId) && companyId > 0 && { companyId })
    }
  }
}

/** The request that asks whose credentials these are: the cheapest there is. */
export const ME = {
  stream: "users/me",
  path: "v1/users/me",
  query: {},
  tokens: 2,
  sent: () => {},
  read: ({ body }: { readonly body: Uint8Array }) => meIn(body)
} as const
