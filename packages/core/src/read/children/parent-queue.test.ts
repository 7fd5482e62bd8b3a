import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Page } from "../../page/page.ts"
import type { StreamEmitter } from "../stream-emitter.ts"
import type { Children } from "./children.ts"
import type { ParentPage } from "./parent-pages.ts"
import { parentQueue } from "./parent-queue.ts"
import type { ParentSink } from "./parent-sink.ts"

/** A queue before a child stream that notes which pages of parents it is given, and what it is told of them. */
const made = (capacity: number) => {
  const log: Array<string> = []
  const emitter = { ended: false, skipped: () => {} }
  const children = { parentIn: (_: Page, row: number) => (row < 0 ? undefined : { key: `${row}`, ask: `${row}` }) }
  const takeParents = ({ parents, done }: ParentPage) =>
    Effect.andThen(
      Effect.sync(() => log.push(parents.map(({ parent }) => parent.key).join(","))),
      done
    )
  const finish = (done: Effect.Effect<void>) =>
    Effect.andThen(
      Effect.sync(() => log.push("finish")),
      done
    )
  const queue = parentQueue(
    children as unknown as Children,
    { emitter: emitter as unknown as StreamEmitter, takeParents, finish } as unknown as ParentSink,
    capacity
  )
  const note = (name: string) => Effect.sync(() => void log.push(name))
  const run = (effect: Effect.Effect<void>) => Effect.runSync(effect)
  return {
    log,
    emitter,
    queue,
    take: (rows: ReadonlyArray<number>, name: string) => run(queue.take({} as Page, rows, note(`done ${name}`))),
    finish: () => run(queue.finish(note("all done"))),
    drain: () => run(queue.drain)
  }
}

describe("a queue of parents", () => {
  it("asks for nothing before it is drained, and then page by page", () => {
    const { drain, finish, log, queue, take } = made(10)
    take([1, 2], "a")
    take([3], "b")
    finish()
    expect(log).toEqual([])
    expect(queue.isWhole()).toBe(true)
    drain()
    expect(log).toEqual(["1,2", "done a", "3", "done b", "finish", "all done"])
    drain()
    expect(log).toHaveLength(6)
  })

  it("passes over a page without parents at once, but not behind one that waits", () => {
    const { drain, finish, log, take } = made(10)
    take([-1], "a")
    expect(log).toEqual(["done a"])
    take([1], "b")
    take([-1], "c")
    expect(log).toEqual(["done a"])
    finish()
    drain()
    expect(log).toEqual(["done a", "1", "done b", "", "done c", "finish", "all done"])
  })

  it("is done at its end where no parent waits", () => {
    const { drain, finish, log, take } = made(10)
    take([-1], "a")
    finish()
    expect(log).toEqual(["done a", "all done"])
    drain()
    expect(log).toEqual(["done a", "all done"])
  })

  it("takes as many parents as it has room for, and no page after one that has none", () => {
    const { drain, finish, log, queue, take } = made(3)
    take([1, 2], "a")
    take([3], "b")
    expect(queue.isOpen()).toBe(true)
    take([4, 5], "c")
    expect(queue.isOpen()).toBe(false)
    take([-1], "d")
    finish()
    expect(queue.isWhole()).toBe(false)
    drain()
    expect(log).toEqual(["1,2", "done a", "3", "done b", "finish"])
  })

  it("takes nothing more once its stream has ended", () => {
    const { drain, finish, log, emitter, queue, take } = made(3)
    emitter.ended = true
    expect(queue.isOpen()).toBe(false)
    take([1], "a")
    finish()
    drain()
    expect(log).toEqual([])
  })

  it("is not whole before its list has come to its end", () => {
    const { queue, take } = made(3)
    take([1], "a")
    expect(queue.isWhole()).toBe(false)
  })
})
