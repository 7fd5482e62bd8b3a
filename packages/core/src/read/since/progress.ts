/**
 * The progress of a stream that is read by update time, and the only thing that becomes its state: its slices, when it
 * was last read whole, and which optional fields were refused.
 */
import { cursorFieldOf, type SourceStream } from "../../declare/stream.ts"
import type { TrackedIds } from "../../deletions/tracked-ids.ts"
import type { JsonObject } from "../../events.ts"
import { cursorText } from "../../state/cursor.ts"
import { type Extension, encodeExtension } from "../../state/format.ts"
import type { DecodedState } from "../../state/legacy.ts"
import type { IncludeLevel } from "../pages/requests.ts"
import { openSlice, Slices } from "./slices.ts"

const INCLUDE_MEMORY_S = 86_400

/** The progress of a stream that asks for its own changes. */
export class SinceProgress {
  readonly stream: SourceStream
  slices: Slices
  /** Start of the last whole read, in epoch seconds. */
  whole: number | undefined
  /** Start of the whole read under way. */
  reading: number | undefined
  include: Extension["include"]
  /** Ids of the stream's rows, where its deletions are tracked. */
  ids: TrackedIds | undefined

  constructor(stream: SourceStream, decoded: DecodedState, start: number | undefined) {
    const extension = decoded.extension ?? {}
    this.stream = stream
    this.slices = Slices.resume(extension, decoded.watermark, start)
    this.whole = extension.whole
    this.reading = extension.reading
    this.include = extension.include
  }

  /** Optional fields that were refused within the last day are not asked for again. */
  includeLevel(nowSeconds: number): IncludeLevel {
    if (this.include !== undefined && nowSeconds - this.include.at > INCLUDE_MEMORY_S) this.include = undefined
    return this.include?.level ?? "all"
  }

  /** Begins to read everything again; the watermark stays where it is. */
  readWhole(nowSeconds: number, start: number | undefined): void {
    this.slices = new Slices(new Map([[0, openSlice(start)]]), this.slices.watermark)
    this.reading = nowSeconds
  }

  /**
   * The list has been read to its end.
   *
   * @param beganSeconds when this read began, which has been the first whole one where none is known
   */
  endWhole(beganSeconds: number): void {
    this.whole = this.reading ?? this.whole ?? beganSeconds
    this.reading = undefined
  }

  state(): JsonObject {
    const { watermark } = this.slices
    return {
      ...(watermark !== undefined && { [cursorFieldOf(this.stream) as string]: cursorText(this.stream, watermark) }),
      _ab: encodeExtension({
        ...this.slices.toState(),
        whole: this.whole,
        reading: this.reading,
        include: this.include,
        ...this.ids?.toState()
      })
    }
  }
}
