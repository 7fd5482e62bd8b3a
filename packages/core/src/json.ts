import type { JsonObject } from "./events.ts"

/** Whether a parsed JSON value is an object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The number in a parsed JSON value, also where it comes as a text; NaN for anything else. */
export const numberIn = (value: unknown): number =>
  typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN
