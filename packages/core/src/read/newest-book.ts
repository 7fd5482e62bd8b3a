import { STATE_VERSION, type Stated } from "../compat.ts"
import { cursorText, secondsOf, zonedText } from "../cursor.ts"
import type { JsonObject } from "../events.ts"
import { cursorFieldOf, type SourceStream } from "../stream.ts"

const second = (value: unknown): number | undefined => {
  const seconds = typeof value === "string" ? secondsOf(value) : Number.NaN
  return Number.isFinite(seconds) ? seconds : undefined
}

/** How far a list is out that can be sorted but not filtered. Times are epoch seconds. */
export class NewestBook {
  readonly stream: SourceStream
  mark: number | undefined
  /** A first read on its way up: the offset it has come to, the key of the last row, the latest time, and its begin. */
  upward:
    | { readonly start: number; readonly last: string; readonly began: number; readonly greatest: number }
    | undefined
  /** Start of the last whole read. */
  whole: number | undefined

  constructor(stream: SourceStream, stated: Stated) {
    const own = stated.own ?? {}
    this.stream = stream
    this.mark = stated.mark
    this.whole = second(own["whole"])
    const at = own["at"] as { start?: unknown; last?: unknown; greatest?: unknown } | undefined
    const began = second(own["began"])
    if (typeof at?.start === "number" && typeof at.last === "string" && began !== undefined) {
      const greatest = second(at.greatest) ?? Number.NEGATIVE_INFINITY
      this.upward = { start: at.start, last: at.last, began, greatest }
    }
  }

  state(): JsonObject {
    return {
      ...(this.mark !== undefined && { [cursorFieldOf(this.stream) as string]: cursorText(this.stream, this.mark) }),
      _ab: {
        v: STATE_VERSION,
        ...(this.upward !== undefined && {
          at: {
            start: this.upward.start,
            last: this.upward.last,
            ...(Number.isFinite(this.upward.greatest) && { greatest: zonedText(this.upward.greatest) })
          },
          began: zonedText(this.upward.began)
        }),
        ...(this.whole !== undefined && { whole: zonedText(this.whole) })
      }
    }
  }
}
