/**
 * The parents in a list that is a snapshot: those whose content is new since their children were last read. A state
 * keeps one hash for each parent, or, where there are too many, one for each bucket of parents; then all parents of a
 * bucket that changed are read.
 */
import { Effect } from "effect"
import { hashText } from "../../page/hash.ts"
import type { Page } from "../../page/page.ts"
import { BUCKETS } from "../../state/format.ts"
import type { Sink } from "../sink.ts"
import { type Buckets, bucketOf, bucketsState, ContentHashes } from "../snapshot/content-hashes.ts"
import type { ChildRun } from "./child-run.ts"
import type { Parent } from "./parent.ts"
import type { ParentPage } from "./parent-pages.ts"
import type { ParentSink } from "./parent-sink.ts"

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
      return children.holdsWatermark ? Effect.void : selected.emitter.later(() => progress.state())
    })
  /** Made outside `take`, so that it does not hold the page. */
  const progressOf = (all: Parents, changed: Parents, done: Effect.Effect<void>) => ({
    done: Effect.andThen(keep(all), done),
    partly: (next: number) => keep(changed.filter(({ row }) => row < next))
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

/** A parent, `gone` where it is marked deleted, and its key in the list. */
interface Found {
  readonly key: string
  readonly parent: Parent | "gone"
}

interface Placed extends Found {
  readonly bucket: number
}

/** Parents by bucket, whole buckets together, about so many. */
const chunksOf = (found: ReadonlyArray<Placed>, size: number): ReadonlyArray<ReadonlyArray<Placed>> => {
  const chunks: Array<Array<Placed>> = []
  for (const each of found) {
    const last = chunks.at(-1)
    if (last === undefined || (last.length >= size && last.at(-1)?.bucket !== each.bucket)) chunks.push([each])
    else last.push(each)
  }
  return chunks
}

/** The same where one hash is known of many parents: which of them changed is known when all have been listed. */
const byBucket = (list: string, child: ChildRun, before: Buckets): Sink => {
  const { progress, children, sink, selected } = child
  const { emitter } = selected
  const now = new ContentHashes()
  const found: Array<Found> = []

  const takeChanged = Effect.suspend(() => {
    const known = new Map(now.buckets(before.ranges))
    const left = found.filter(({ key }) => {
      const bucket = bucketOf(key, before.ranges)
      return known.get(bucket) !== (before.hashes[bucket] ?? "")
    })
    found.length = 0
    // The list has grown since: buckets of its ids as they are now have room for all of them.
    const { ranges } = now.size === 0 ? before : now
    const buckets = now.buckets(ranges)
    const placed = left.map((each): Placed => ({ ...each, bucket: bucketOf(each.key, ranges) }))
    const reached = Array.from({ length: BUCKETS }, (_, bucket) => buckets.get(bucket) ?? "")
    for (const { bucket } of placed) reached[bucket] = ""
    progress.content.set(list, { toState: () => bucketsState({ hashes: reached, ranges }) })
    const pageOf = (chunk: ReadonlyArray<Placed>): ParentPage => {
      const parents = chunk.flatMap(({ parent }) => (parent === "gone" ? [] : [{ parent, row: 0, isEmitted: false }]))
      emitter.skipped(chunk.length - parents.length)
      return {
        parents,
        emitted: 0,
        done: Effect.suspend(() => {
          for (const { bucket } of chunk) reached[bucket] = buckets.get(bucket) ?? ""
          return emitter.later(() => progress.state())
        }),
        partly: undefined
      }
    }
    const chunks = chunksOf(
      placed.sort((a, b) => a.bucket - b.bucket),
      children.waveSize
    )
    return Effect.forEach(chunks, (chunk) => sink.takeParents(pageOf(chunk)), { discard: true })
  })

  return {
    ...sink,
    take: (page, rows, done) =>
      Effect.suspend(() => {
        for (const { row, key, hash } of contentOf(page, rows)) {
          now.set(key, hash)
          const parent = children.parentIn(page, row)
          if (parent !== undefined) found.push({ key, parent })
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
