/**
 * The progress of a stream that is read newest first, and the only thing that becomes its state: its watermark, which
 * moves at the end of a read; how far up a first read has come; and when the list was last read whole.
 */
import { cursorFieldOf, type SourceStream } from "../../declare/stream.ts"
import type { TrackedIds } from "../../deletions/tracked-ids.ts"
import type { JsonObject } from "../../events.ts"
import { cursorText } from "../../state/cursor.ts"
import { encodeExtension } from "../../state/format.ts"
import type { DecodedState } from "../../state/legacy.ts"
import type { UpwardPlace } from "../pages/upward.ts"

/** How far a list that can be sorted but not filtered has been emitted. Times are epoch seconds. */
export class NewestFirstProgress {
  readonly stream: SourceStream
  watermark: number | undefined
  /** A first read on its way up: the row it has come to, its beginning, and the latest time it has met. */
  upward: (UpwardPlace & { readonly began: number; readonly greatest: number }) | undefined
  /** Start of the last whole read. */
  whole: number | undefined
  /** Ids of the stream's rows, where its deletions are tracked. */
  ids: TrackedIds | undefined

  constructor(stream: SourceStream, decoded: DecodedState) {
    const { at, began, whole } = decoded.extension ?? {}
    this.stream = stream
    this.watermark = decoded.watermark
    this.whole = whole
    if (at !== undefined && began !== undefined) {
      this.upward = { start: at.start, last: at.last, began, greatest: at.greatest ?? Number.NEGATIVE_INFINITY }
    }
  }

  state(): JsonObject {
    return {
      ...(this.watermark !== undefined && {
        [cursorFieldOf(this.stream) as string]: cursorText(this.stream, this.watermark)
      }),
      _ab: encodeExtension({
        ...(this.upward !== undefined && {
          at: {
            start: this.upward.start,
            last: this.upward.last,
            ...(Number.isFinite(this.upward.greatest) && { greatest: this.upward.greatest })
          },
          began: this.upward.began
        }),
        whole: this.whole,
        ...this.ids?.toState()
      })
    }
  }
}
