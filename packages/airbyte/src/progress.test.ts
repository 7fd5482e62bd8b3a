import type { Event } from "@pipedrive-source/core/reader"
import { describe, expect, it } from "vitest"
import { count, makeProgress, makeTally, progressLine } from "./progress.ts"

const records = (stream: string, rows: number): Event => ({
  _tag: "Records",
  stream,
  rows: { bytes: new Uint8Array(), spans: new Array(rows * 2).fill(0) }
})
const summary = { rows: 0, requests: 3, tokens: 30, seconds: 1, parentsSkipped: 0 }

describe("progress", () => {
  it("counts what a person wants to know into one line", () => {
    const tally = makeTally(1000)
    for (const stream of ["deals", "notes", "roles"]) count(tally, { _tag: "Started", stream })
    for (const event of [records("deals", 500), records("deals", 20), records("notes", 3)]) count(tally, event)
    count(tally, { _tag: "Ended", stream: "notes", summary })
    const line = progressLine(tally, 3000, 200)
    for (const part of ["1 stream done", "523 rows", "262/s", "3 requests, 30 tokens", "2 s", "deals 520", "roles 0"])
      expect(line).toContain(part)
    expect(line).not.toContain("notes")
    expect(progressLine(tally, 3000, 20)).toHaveLength(19)
  })

  it("is silent where nobody watches", () => {
    const written: Array<string> = []
    const stderr = (isTTY: boolean) =>
      ({ isTTY, columns: 80, write: (text: string) => written.push(text) > 0 }) as unknown as NodeJS.WriteStream
    for (const progress of [makeProgress(stderr(false), false), makeProgress(stderr(true), true)]) {
      progress.show(records("deals", 5))
      progress.close()
    }
    expect(written).toEqual([])
    const checking = makeProgress(stderr(true), false)
    checking.close()
    expect(written).toEqual([])
    const watched = makeProgress(stderr(true), false)
    watched.show({ _tag: "Started", stream: "deals" })
    watched.show(records("deals", 5))
    watched.tell("Stopped at deals.")
    watched.close()
    expect(written.join("")).toMatch(/Stopped at deals\.\n[\s\S]*deals 5/)
  })
})
