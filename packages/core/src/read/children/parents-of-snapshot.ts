import { Effect } from "effect"
import { hashText } from "../../page/hash.ts"
import type { Page } from "../../page/page.ts"
import type { Sink } from "../sink.ts"
import { type Buckets, bucketOf, bucketsState, ContentHashes } from "../snapshot/content-hashes.ts"
import type { ChildRun } from "./child-run.ts"
import type { Parent } from "./parent.ts"
import type { ParentPage, ParentSink } from "./sink.ts"

/** States of more parents than this are printed a page at a time: each holds them all. */
const MANY_PARENTS = 500
/** Parents of buckets that are asked for, and vouched for, together. */
const MIN_TOGETHER = 60

/** Keys and content of parents: what is kept of a page until their children have been emitted. */
type Parents = ReadonlyArray<{ readonly row: number; readonly key: string; readonly hash: string }>

const contentOf = (page: Page, rows: ReadonlyArray<number>): Parents =>
  rows.map((row) => ({ row, key: page.key(row), hash: hashText(page.hash(row)) }))

/** Parents whose content is new since their children were last read, where a hash of each is known. */
const byHash = (list: string, child: ChildRun): Sink => {
  const { progress, children, sink, selected } = child
  const known = new ContentHashes(progress.known.get(list)?.hashes)
  const now = new ContentHashes()
  const note = (parents: Parents) => {
    for (const { key, hash } of parents) {
      known.set(key, hash)
      now.set(key, hash)
    }
  }
  const keep = (parents: Parents) =>
    Effect.suspend(() => {
      note(parents)
      progress.content.set(list, known)
      return children.holdsWatermark ? Effect.void : selected.emitter.checkpoint(progress.state())
    })
  /** Apart from `take`, whose page must not be held. */
  const progressOf = (all: Parents, changed: Parents, done: Effect.Effect<void>) => ({
    done: Effect.andThen(keep(all), done),
    partly: (next: number) => (known.size > MANY_PARENTS ? Effect.void : keep(changed.filter(({ row }) => row < next)))
  })
  return {
    ...sink,
    take: (page, rows, done) => {
      const parents = contentOf(page, rows)
      const changed = parents.filter(({ key, hash }) => known.get(key) !== hash)
      if (changed.length === 0) {
        note(parents)
        return done
      }
      const progress = progressOf(parents, changed, done)
      return sink.take(
        page,
        changed.map(({ row }) => row),
        progress.done,
        progress.partly
      )
    },
    finish: (done) =>
      sink.finish(
        Effect.suspend(() => {
          if (!selected.emitter.ended) progress.content.set(list, now)
          return done
        })
      )
  }
}

/** A parent, `gone` where it is marked deleted, and its bucket. */
interface Found {
  readonly bucket: number
  readonly parent: Parent | "gone"
}

/** Parents by bucket, whole buckets together. */
const chunksOf = (found: ReadonlyArray<Found>): ReadonlyArray<ReadonlyArray<Found>> => {
  const chunks: Array<Array<Found>> = []
  for (const each of found) {
    const last = chunks.at(-1)
    if (last === undefined || (last.length >= MIN_TOGETHER && last.at(-1)?.bucket !== each.bucket)) chunks.push([each])
    else last.push(each)
  }
  return chunks
}

/** The same where one hash is known of many parents: which of them changed is known when all have been listed. */
const byBucket = (list: string, child: ChildRun, before: Buckets): Sink => {
  const { progress, children, sink, selected } = child
  const { emitter } = selected
  const { ranges } = before
  const now = new ContentHashes()
  const found: Array<Found> = []

  const takeChanged = Effect.suspend(() => {
    const buckets = now.buckets(ranges)
    const left = found.filter(({ bucket }) => buckets.get(bucket) !== (before.hashes[bucket] ?? ""))
    found.length = 0
    const reached = [...before.hashes]
    progress.content.set(list, { toState: () => bucketsState({ hashes: reached, ranges }) })
    const pageOf = (chunk: ReadonlyArray<Found>): ParentPage => {
      const parents = chunk.flatMap(({ parent }) => (parent === "gone" ? [] : [{ parent, row: 0, isEmitted: false }]))
      emitter.skipped(chunk.length - parents.length)
      return {
        parents,
        emitted: 0,
        done: Effect.suspend(() => {
          // The bucket of ids outside of all ranges is none that a state knows.
          for (const { bucket } of chunk) if (bucket < reached.length) reached[bucket] = buckets.get(bucket) ?? ""
          return emitter.checkpointIfDue(progress.state())
        }),
        partly: undefined
      }
    }
    const chunks = chunksOf(left.sort((a, b) => a.bucket - b.bucket))
    return Effect.forEach(chunks, (chunk) => sink.takeParents(pageOf(chunk)), { discard: true })
  })

  return {
    ...sink,
    take: (page, rows, done) =>
      Effect.suspend(() => {
        for (const { row, key, hash } of contentOf(page, rows)) {
          now.set(key, hash)
          const parent = children.parentIn(page, row)
          if (parent !== undefined) found.push({ bucket: bucketOf(key, ranges), parent })
        }
        return done
      }),
    finish: (done) =>
      Effect.andThen(
        takeChanged,
        sink.finish(
          Effect.suspend(() => {
            if (!children.holdsWatermark) progress.content.set(list, now)
            return done
          })
        )
      )
  }
}

/** Takes the parents of a list that is a snapshot: those whose content is new since their children were last read. */
export const ofChangedParentsIn = (list: string, child: ChildRun): Sink => {
  const before = child.progress.known.get(list)?.buckets
  return before === undefined ? byHash(list, child) : byBucket(list, child, before)
}

/** Takes the parents that failed when all were last read, and no others. */
export const ofFailedParents = ({ progress, children, sink }: ChildRun): ParentSink => {
  const failed = new Set(progress.failed.keys(children.stream.name))
  return {
    ...sink,
    take: (page, rows, done, partly) => {
      const again = rows.filter((row) => {
        const parent = children.parentIn(page, row)
        return typeof parent === "object" && failed.has(parent.key)
      })
      return sink.take(page, again, done, partly)
    }
  }
}
