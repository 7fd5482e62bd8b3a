import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { Writable } from "node:stream"
import { describe, expect, it } from "vitest"
import { makeOutput } from "./stdout.ts"

// SPEC 25

/** A reader in a process of its own, at the other end of a pipe; it reads when told to and prints what it got. */
const startReader = (): ChildProcess & { stdin: Writable } => {
  const script = `
    process.on("message", () => {
      let bytes = 0
      const lines = []
      let rest = ""
      process.stdin.setEncoding("utf8")
      process.stdin.on("data", (text) => {
        bytes += text.length
        const parts = (rest + text).split("\\n")
        rest = parts.pop()
        for (const part of parts) lines.push(part.slice(0, part.indexOf(" ")))
      })
      process.stdin.on("end", () => process.send({ bytes, lines, rest }, () => process.disconnect()))
    })
    process.send("ready")`
  return spawn(process.execPath, ["-e", script], { stdio: ["pipe", "inherit", "inherit", "ipc"] }) as ReturnType<
    typeof startReader
  >
}

const page = (name: string): Uint8Array => Buffer.from(`${name} ${"x".repeat(1_000_000)}\n`)

describe("output into a pipe", () => {
  it("lends memory again once what it held has been read, and not before", async () => {
    const reader = startReader()
    await once(reader, "message")
    const output = makeOutput(reader.stdin)
    const lentPage = (name: string): Buffer => {
      const text = `${name} ${"x".repeat(1_000_000)}\n`
      const memory = output.lend(text.length)
      return memory.subarray(0, memory.write(text))
    }
    const pages = ["page-1", "page-2", "page-3"].map(lentPage)
    for (const each of pages) output.write([each])
    const waiting = lentPage("page-4")
    expect(pages.map(({ buffer }) => buffer)).not.toContain(waiting.buffer)

    reader.send("read")
    await output.flush()
    const again = lentPage("page-5")
    expect(pages.map(({ buffer }) => buffer)).toContain(again.buffer)
    output.write([waiting, again])
    reader.stdin.end()
    const [{ lines, rest }] = await once(reader, "message")
    expect({ lines, rest }).toEqual({ lines: ["page-1", "page-2", "page-3", "page-4", "page-5"], rest: "" })
  })

  it("waits for a reader that does not read, and delivers all in order when it does", async () => {
    const reader = startReader()
    await once(reader, "message")
    const output = makeOutput(reader.stdin)
    const first = output.write([page("page-1")])
    const second = output.write(["state-1 \n"])
    const third = output.write([page("page-2"), "state-2 \n"])
    let hasRoom = false
    for (const written of [first, second, third])
      written.then(() => {
        hasRoom = true
      })
    await idle()
    expect(hasRoom).toBe(false)

    reader.send("read")
    await Promise.all([first, second, third])
    await output.flush()
    expect(output.end()).toBe("open")
    reader.stdin.end()
    const [received] = await once(reader, "message")
    expect(received).toEqual({
      bytes: 2 * (1_000_000 + 8) + 2 * 9,
      lines: ["page-1", "state-1", "page-2", "state-2"],
      rest: ""
    })
  })

  it("ends quietly when the reader goes away, even while it is waited for", async () => {
    const reader = startReader()
    await once(reader, "message")
    const output = makeOutput(reader.stdin)
    const ended = new Promise<void>((done) => output.onEnd(done))
    const waiting = output.write([page("page-1")])
    const flushed = output.flush()
    reader.kill("SIGKILL")
    await Promise.all([waiting, flushed, ended])
    expect(output.end()).toBe("closed")
    await output.write(["more \n"])
    await output.flush()
    await new Promise<void>((done) => output.onEnd(done))
  })
})

/** Resolves when the event loop has had every chance to do more. */
const idle = async (): Promise<void> => {
  for (let turn = 0; turn < 100; turn++) await new Promise((done) => setImmediate(done))
}

describe("output", () => {
  it("does not hold lines back", async () => {
    const written: Array<string> = []
    const output = makeOutput(
      new Writable({
        write(chunk, _, next) {
          written.push(String(chunk))
          next()
        }
      })
    )
    output.write(["a\n"])
    expect(written).toEqual(["a\n"])
  })

  it("hands lines that belong together over in one piece", async () => {
    const pieces: Array<number> = []
    const output = makeOutput(
      new Writable({
        write: (_chunk, _encoding, next) => next(),
        writev(chunks, next) {
          pieces.push(chunks.length)
          next()
        }
      })
    )
    await output.write(["a\n", Buffer.from("b\n"), "c\n"])
    expect(pieces).toEqual([3])
  })

  it("says so when the lines cannot be kept", async () => {
    const output = makeOutput(createWriteStream("/dev/full"))
    const ended = new Promise<void>((done) => output.onEnd(done))
    await output.write([page("page-1")])
    await ended
    expect(output.end()).toBe("failed")
  })
})
