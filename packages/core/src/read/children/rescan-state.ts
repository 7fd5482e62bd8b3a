import type { JsonObject } from "../../events.ts"
import { isObject } from "../../json.ts"
import { secondsOf, zonedText } from "../../state/cursor.ts"

/** Where the search for children whose parents did not change stands. */
export interface Rescan {
  /** Start of the last whole sweep. */
  readonly swept?: number
  /** Start of the one under way. */
  readonly began?: number
  /** Parent it has come to: its stream, and its id as JSON text. */
  readonly parent?: string
  readonly at?: string
  /** The vendor's watermark for the page it stands in. */
  readonly cursor?: string
  /** Day (UTC) and tokens spent on it. */
  readonly day?: string
  readonly spent?: number
}

/** Reads what `rescanState` wrote; what is not as it was written is left out. */
export const rescanIn = (inputState: unknown): Rescan => {
  const sweep: JsonObject = isObject(inputState) ? inputState : {}
  const time = (name: string) => {
    const seconds = typeof sweep[name] === "string" ? secondsOf(sweep[name]) : Number.NaN
    return Number.isFinite(seconds) ? { [name]: seconds } : {}
  }
  const text = (name: string) => (typeof sweep[name] === "string" ? { [name]: sweep[name] } : {})
  return {
    ...time("swept"),
    ...time("began"),
    ...text("parent"),
    ...text("at"),
    ...text("cursor"),
    ...text("day"),
    ...(typeof sweep["spent"] === "number" && { spent: sweep["spent"] })
  }
}

/** A sweep as a state keeps it. */
export const rescanState = ({ swept, began, ...rest }: Rescan): JsonObject => ({
  ...(swept !== undefined && { swept: zonedText(swept) }),
  ...(began !== undefined && { began: zonedText(began) }),
  ...rest
})
