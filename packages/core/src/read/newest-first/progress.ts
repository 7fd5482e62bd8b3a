import { cursorFieldOf, type SourceStream } from "../../declare/stream.ts"
import type { JsonObject } from "../../events.ts"
import { cursorText, secondsOf, zonedText } from "../../state/cursor.ts"
import { type DecodedState, STATE_VERSION } from "../../state/legacy.ts"

const second = (value: unknown): number | undefined => {
  const seconds = typeof value === "string" ? secondsOf(value) : Number.NaN
  return Number.isFinite(seconds) ? seconds : undefined
}

/** How far a list is out that can be sorted but not filtered. Times are epoch seconds. */
export class NewestFirstProgress {
  readonly stream: SourceStream
  watermark: number | undefined
  /** A first read on its way up: the offset it has come to, the key of the last row, the latest time, and its begin. */
  upward:
    | { readonly start: number; readonly last: string; readonly began: number; readonly greatest: number }
    | undefined
  /** Start of the last whole read. */
  whole: number | undefined

  constructor(stream: SourceStream, decoded: DecodedState) {
    const extension = decoded.extension ?? {}
    this.stream = stream
    this.watermark = decoded.watermark
    this.whole = second(extension["whole"])
    const at = extension["at"] as { start?: unknown; last?: unknown; greatest?: unknown } | undefined
    const began = second(extension["began"])
    if (typeof at?.start === "number" && typeof at.last === "string" && began !== undefined) {
      const greatest = second(at.greatest) ?? Number.NEGATIVE_INFINITY
      this.upward = { start: at.start, last: at.last, began, greatest }
    }
  }

  state(): JsonObject {
    return {
      ...(this.watermark !== undefined && {
        [cursorFieldOf(this.stream) as string]: cursorText(this.stream, this.watermark)
      }),
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
