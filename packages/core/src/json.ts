import type { JsonObject } from "./events.ts"

/** Whether a parsed JSON value is an object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The number in a parsed JSON value, even if it comes as a string; NaN for anything else. */
export const numberIn = (value: unknown): number =>
  typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN
