import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { SourceStream } from "../../declare/stream.ts"
import type { Event } from "../../events.ts"
import type { Rows } from "../../page/rows.ts"
import { bytesOf, textOf } from "../../page/text.ts"
import { StreamEmitter } from "../stream-emitter.ts"
import { type Buckets, bucketOf, ContentHashes, knownContent } from "./content-hashes.ts"
import { HeldRows } from "./held-rows.ts"

// SPEC 17

type Content = ReadonlyMap<string, string>

const rowsOf = (texts: ReadonlyArray<string>): Rows => {
  const spans: Array<number> = []
  for (const text of texts) {
    const start = spans.at(-1) ?? 0
    spans.push(start, start + bytesOf(text).length)
  }
  return { bytes: bytesOf(texts.join("")), spans }
}

/** Keys of the rows that are emitted when a list is read in pages, after a read of which buckets are known. */
const emittedOf = async (before: Buckets, list: Content, pageSize: number): Promise<ReadonlyArray<string>> => {
  const emitted: Array<string> = []
  const take = (event: Event) =>
    Effect.sync(() => {
      if (event._tag !== "Records") return
      const { bytes, spans } = event.rows
      for (let i = 0; i < spans.length; i += 2) {
        emitted.push((JSON.parse(textOf(bytes.subarray(spans[i], spans[i + 1]))) as { key: string }).key)
      }
    })
  const emitter = new StreamEmitter({ name: "tasks" } as SourceStream, "incremental", undefined, take)
  const held = new HeldRows(emitter, before)
  const all = [...list]
  for (let at = 0; at < all.length; at += pageSize) {
    const page = all.slice(at, at + pageSize)
    await Effect.runPromise(
      held.take(
        rowsOf(page.map(([key, hash]) => JSON.stringify({ key, hash }))),
        page.map(([key]) => key),
        page.map(([, hash]) => hash)
      )
    )
  }
  await Effect.runPromise(held.flush)
  return emitted
}

const changedIn = (before: Content, now: Content) =>
  [...now].filter(([key, hash]) => before.get(key) !== hash).map(([key]) => key)

const numbers = fc.nat({ max: 20_000 }).map(String)
const keys = fc.oneof(numbers, fc.uuid(), fc.tuple(fc.nat(), fc.nat()).map(String), fc.string())
const content = (key: fc.Arbitrary<string>) =>
  fc.array(fc.tuple(key, fc.constantFrom("a", "b", "c")), { maxLength: 60 }).map((pairs) => new Map(pairs))

describe("a list of which one hash is known for many rows", () => {
  it("emits every row that changed, whatever its keys and their order", async () => {
    const ranges = fc.constantFrom(undefined, { width: 1, from: 0 }, { width: 4, from: 90 }, { width: 64, from: 5 })
    await fc.assert(
      fc.asyncProperty(
        content(keys),
        content(keys),
        ranges,
        fc.integer({ min: 1, max: 9 }),
        async (old, now, w, size) => {
          const known = new ContentHashes(old).buckets(w)
          const hashes = Array.from({ length: 4097 }, (_, bucket) => known.get(bucket) ?? "")
          const emitted = new Set(await emittedOf({ hashes, ranges: w }, now, size))
          for (const key of changedIn(old, now)) expect(emitted).toContain(key)
        }
      )
    )
  })

  it("emits nothing where nothing changed, in any order", async () => {
    await fc.assert(
      fc.asyncProperty(content(keys), fc.constantFrom(undefined, { width: 64, from: 5 }), async (list, ranges) => {
        const known = new ContentHashes(list).buckets(ranges)
        const hashes = Array.from({ length: 4097 }, (_, bucket) => known.get(bucket) ?? "")
        expect(await emittedOf({ hashes, ranges }, new Map([...list].reverse()), 7)).toEqual([])
      })
    )
  })
})

describe("the state of hashes", () => {
  const many = (key: (at: number) => string) =>
    new ContentHashes(Array.from({ length: 30_000 }, (_, at): [string, string] => [key(at), "123456789"]))

  it.each([
    ["numbers", (at: number) => String(at * 3 + 1), { width: 32, from: 1 }],
    ["pairs that begin with a number", (at: number) => `${at},7`, { width: 8, from: 0 }],
    ["strings", (at: number) => `"${at.toString(16)}-uuid"`, undefined],
    ["great numbers", (at: number) => String(9_000_000_000_000 + at), { width: 8, from: 9_000_000_000_000 }]
  ])("is bounded for keys that are %s, and is read back", (_, key, ranges) => {
    const hashes = many(key)
    const state = JSON.parse(JSON.stringify(hashes.toState()))
    expect(JSON.stringify(state).length).toBeLessThan(256 * 1024)
    const { buckets } = knownContent(state)
    expect(buckets?.ranges).toEqual(ranges)
    for (const [bucket, hash] of hashes.buckets(ranges)) expect(buckets?.hashes[bucket]).toBe(hash)
  })

  it("has a hash for each key as long as there is room", () => {
    const few = new ContentHashes([["1", "a"]])
    expect(few.toState()).toEqual({ hashes: { "1": "a" } })
    expect(knownContent(few.toState()).buckets).toBeUndefined()
  })

  it("has of each bucket the hash of what is in it by now, whatever was asked for before", () => {
    const rows = Array.from({ length: 9 }, (_, at): [string, string] => [String(at + 1), "a"])
    const [one, two] = [
      { width: 1, from: 1 },
      { width: 4, from: 1 }
    ]
    const hashes = new ContentHashes(rows)
    for (const ranges of [one, two, one, { width: 1, from: 5 }, undefined])
      expect(hashes.buckets(ranges)).toEqual(new ContentHashes(rows).buckets(ranges))
    const before = new Map(hashes.buckets(two))
    expect([...before.keys()]).toEqual([0, 1, 2])
    hashes.set("6", "b")
    hashes.set("13", "a")
    expect(hashes.buckets(two)).toEqual(new ContentHashes([...rows, ["13", "a"], ["6", "b"]]).buckets(two))
    expect(hashes.buckets(two).get(0)).toBe(before.get(0))
    expect(hashes.buckets(two).get(1)).not.toBe(before.get(1))
    hashes.set("6", "a")
    expect(hashes.buckets(two).get(1)).toBe(before.get(1))
  })

  it("has ranges that have room for all ids, in powers of two", () => {
    const ranges = (...keys: ReadonlyArray<string>) => new ContentHashes(keys.map((key) => [key, "a"])).ranges
    expect(ranges("7")).toEqual({ width: 1, from: 7 })
    expect(ranges("4096", "1")).toEqual({ width: 1, from: 1 })
    expect(ranges("1", "4097")).toEqual({ width: 2, from: 1 })
    expect(ranges("10,x", "8202,y")).toEqual({ width: 4, from: 10 })
    expect(ranges("1", "x")).toBeUndefined()
    expect(ranges("1", "1234567890123456")).toBeUndefined()
  })

  it("puts ids outside of all ranges into a bucket of their own", () => {
    expect(["4105", "4106", "9", "uuid"].map((key) => bucketOf(key, { width: 1, from: 10 }))).toEqual([
      4095, 4096, 4096, 4096
    ])
  })
})
