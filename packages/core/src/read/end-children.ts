/**
 * Ends the child streams of a group, once all of its lists and children have been read. A child of a list that failed
 * ends with an error of the same kind, which names both; any other is rescanned where that is due, says what there is
 * to say of parents that refused, and ends with its last checkpoint.
 */
import { Effect } from "effect"
import type { SourceStream } from "../declare/stream.ts"
import { buryChildren } from "../deletions/bury-children.ts"
import { retold } from "../errors.ts"
import { finished } from "./context.ts"
import type { Failure, GroupRead } from "./group-read.ts"
import { noteWatermarks } from "./own-list.ts"
import { rescanChild } from "./rescan-child.ts"
import { endBy } from "./sink.ts"

/** The error of a child whose parents could not be read. */
const inherited = (child: SourceStream, list: SourceStream, error: Failure): Failure =>
  error._tag === "NotAvailableError"
    ? error
    : retold(error, { message: `${child.name} needs ${list.name}. ${error.message}` })

/** Rescans, and ends the children. */
export const endChildren = Effect.fnUntraced(function* (read: GroupRead) {
  for (const child of read.children.values()) {
    const { selected: each, progress, children, snapshot } = child
    if (each.emitter.ended) continue
    const failed = each.lists.find((name) => read.failures.has(name))
    if (failed !== undefined) {
      const list = read.source.streams.find(({ name }) => name === failed) as SourceStream
      yield* endBy(each.emitter, inherited(each.stream, list, read.failures.get(failed) as Failure))
      continue
    }
    yield* rescanChild(read.run, read.source, read.group, child)
    if (each.emitter.ended) continue
    yield* children.verdict().pipe(
      Effect.andThen(buryChildren(read.run, child)),
      Effect.andThen(
        Effect.suspend(() => {
          noteWatermarks(each.emitter, each.decoded.watermark, progress.lowest)
          return each.emitter.checkpoint(finished(each, snapshot === undefined ? progress.state() : snapshot.state()))
        })
      ),
      Effect.andThen(each.emitter.end()),
      Effect.catch((error) => endBy(each.emitter, error))
    )
  }
})
