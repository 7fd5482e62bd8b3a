import { parseTime } from "./clock.ts"
import { type ApiError, invalid, resourceError } from "./errors.ts"

/** Says what is wrong with a parameter's text, or undefined. */
export type Check = (text: string) => string | undefined

export const integer: Check = (text) => (/^\d{1,15}$/.test(text) ? undefined : "must be an integer")
export const anyText: Check = () => undefined
export const boolean: Check = (text) => (["true", "false", "0", "1"].includes(text) ? undefined : "must be a boolean")
export const zeroOrOne: Check = (text) => (["0", "1"].includes(text) ? undefined : "must be 0 or 1")
export const oneOf =
  (...values: string[]): Check =>
  (text) =>
    values.includes(text) ? undefined : `must be one of [${values.join(", ")}]`
export const listOf =
  (...values: string[]): Check =>
  (text) => {
    const wrong = text.split(",").find((value) => !values.includes(value))
    return wrong === undefined ? undefined : `"${wrong}" is not one of [${values.join(", ")}]`
  }
export const integers =
  (most: number): Check =>
  (text) => {
    const list = text.split(",")
    if (list.length > most) return `must contain at most ${most} items`
    return list.every((value) => /^\d{1,15}$/.test(value)) ? undefined : "must be a list of integers"
  }
export const keys =
  (most: number): Check =>
  (text) =>
    text.split(",").length > most ? `must contain at most ${most} items` : undefined
/** Whole seconds, `T` and `Z`, as the live API wants it. */
export const timestamp: Check = (text) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text))
    ? undefined
    : "must be in RFC3339 format with whole seconds"
export const date: Check = (text) =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? undefined : "must be a date"
export const uuid: Check = (text) =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? undefined : "must be a valid uuid"

export type Params = Readonly<Record<string, Check>>

/** Checked parameters of a request, those of the path included. */
export class Query {
  readonly #values: ReadonlyMap<string, string>

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values
  }

  text(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** A parameter that is known to be there, such as one of the path. */
  need(name: string): string {
    const value = this.#values.get(name)
    if (value === undefined) throw new Error(`no parameter ${name}`)
    return value
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name)
    return value === undefined ? undefined : Number(value)
  }

  flag(name: string): boolean | undefined {
    const value = this.#values.get(name)
    return value === undefined ? undefined : value === "true" || value === "1"
  }

  list(name: string): string[] | undefined {
    const value = this.#values.get(name)
    return value === undefined ? undefined : value.split(",")
  }

  timeMs(name: string): number | undefined {
    const value = this.#values.get(name)
    return value === undefined ? undefined : parseTime(value)
  }

  /** Everything but paging, as text: what a cursor is bound to. */
  fingerprint(): string {
    return [...this.#values]
      .filter(([name]) => !["cursor", "limit", "start"].includes(name))
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join("&")
  }
}

/** Refuses unknown (v2 alone), malformed and missing parameters. */
export function checkQuery(
  version: "v1" | "v2",
  given: ReadonlyMap<string, string>,
  params: Params,
  required: ReadonlyArray<string>
): void {
  const refuse = (name: string, reason: string): ApiError =>
    version === "v2" ? invalid(name, reason) : resourceError(400, `${name} ${reason}`)
  for (const [name, text] of given) {
    const check = Object.hasOwn(params, name) ? params[name] : undefined
    if (check === undefined) {
      if (version === "v2") throw invalid(name, "is not allowed")
      continue
    }
    const reason = check(text)
    if (reason !== undefined) throw refuse(name, reason)
  }
  for (const name of required) if (!given.has(name)) throw refuse(name, "is required")
}
