import { once } from "node:events"
import { createServer, type Server, type Socket } from "node:net"
import { gzipSync } from "node:zlib"
import { afterEach, describe, expect, it } from "vitest"
import { makeNetwork, type Network } from "./fetch.ts"

const timeouts = { headersMs: 30_000, idleMs: 30_000, totalMs: 60_000, maxBodyBytes: 10_000_000 }
const secret = "geheim"

let server: Server | undefined
let network: Network | undefined

afterEach(() => {
  network?.close()
  server?.close()
  server = undefined
})

/** A server that answers each request with raw bytes of its own making. */
const serve = async (answer: (socket: Socket, request: string) => void): Promise<string> => {
  const raw = createServer((socket) => {
    let request = ""
    socket.on("error", () => {})
    socket.on("data", (piece) => {
      request += piece
      if (!request.includes("\r\n\r\n")) return
      answer(socket, request)
      request = ""
    })
  })
  server = raw
  raw.listen(0, "127.0.0.1")
  await once(raw, "listening")
  const address = raw.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return `http://127.0.0.1:${address.port}/v1/deals?limit=500`
}

const head = (...headers: ReadonlyArray<string>) => ["HTTP/1.1 200 OK", ...headers, "", ""].join("\r\n")

const get = (url: string, options: Partial<typeof timeouts> = {}, signal = new AbortController().signal) => {
  network = makeNetwork(3)
  const request = { method: "GET", url, headers: { "x-api-token": secret, "user-agent": "test" } } as const
  return network.send(request, { ...timeouts, ...options }, signal)
}

/** Why a request failed. It says neither where it went nor with what. */
const failureOf = async (answer: Promise<unknown>): Promise<string> => {
  const error = await answer.then(
    () => new Error("it was answered"),
    (reason: Error) => reason
  )
  for (const text of [error.message, error.stack ?? "", String(error.cause)]) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain("limit=500")
  }
  return error.message
}

const body = JSON.stringify({ success: true, data: [{ name: "ü".repeat(200_000) }] })

describe("an answer", () => {
  it("comes with its status, headers and bytes", async () => {
    const url = await serve((socket) =>
      socket.end(`HTTP/1.1 418 Tea\r\nX-RateLimit-Reset: 2\r\nContent-Length: 2\r\n\r\n{}`)
    )
    const answer = await get(url)
    expect(answer.status).toBe(418)
    expect(answer.header("x-ratelimit-reset")).toBe("2")
    expect(answer.header("retry-after")).toBeUndefined()
    expect(Buffer.from(answer.body).toString()).toBe("{}")
  })

  it("is whole whether its length is told, chunked or neither", async () => {
    const bytes = Buffer.byteLength(body)
    const answers = [
      `${head(`Content-Length: ${bytes}`)}${body}`,
      `${head("Transfer-Encoding: chunked")}${bytes.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      `${head("Connection: close")}${body}`
    ]
    for (const text of answers) {
      const url = await serve((socket) => socket.end(text))
      expect(Buffer.from((await get(url)).body).toString()).toBe(body)
      server?.close()
    }
  })

  it("is taken out of gzip, which is asked for", async () => {
    const zipped = gzipSync(body)
    const requests: Array<string> = []
    const url = await serve((socket, request) => {
      requests.push(request)
      socket.write(head("Content-Encoding: gzip", `Content-Length: ${zipped.length}`))
      socket.end(zipped)
    })
    expect(Buffer.from((await get(url)).body).toString()).toBe(body)
    expect(requests[0]?.toLowerCase()).toContain("accept-encoding: gzip\r\n")
  })

  it("may be a redirect, which is not followed", async () => {
    const url = await serve((socket) =>
      socket.end("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n")
    )
    const answer = await get(url)
    expect(answer.status).toBe(302)
    expect(answer.header("location")).toBe("http://127.0.0.1:1/x")
  })

  it("leaves the connection open for the next request", async () => {
    const sockets = new Set<Socket>()
    const url = await serve((socket) => {
      sockets.add(socket)
      socket.write(`${head("Content-Length: 2")}{}`)
    })
    const { send } = makeNetwork(3)
    for (const _ of [1, 2, 3]) await send({ method: "GET", url, headers: {} }, timeouts, new AbortController().signal)
    expect(sockets.size).toBe(1)
    for (const socket of sockets) socket.destroy()
  })

  it("follows a body that was sent", async () => {
    const requests: Array<string> = []
    const url = await serve((socket, request) => {
      requests.push(request)
      socket.end(`${head("Content-Length: 2")}{}`)
    })
    network = makeNetwork(1)
    const headers = { "content-type": "application/x-www-form-urlencoded" }
    await network.send({ method: "POST", url, headers, body: "a=b" }, timeouts, new AbortController().signal)
    expect(requests[0]).toContain("POST /v1/deals?limit=500 ")
    expect(requests[0]?.endsWith("\r\n\r\na=b")).toBe(true)
  })
})

describe("a request fails", () => {
  const half = "x".repeat(1000)
  const cut = "the connection closed in the middle of the answer"
  const zipped = gzipSync(body)

  it.each<[string, (socket: Socket) => void, string | RegExp]>([
    ["the connection closes before the answer", (socket) => socket.destroy(), "the connection was reset"],
    ["it is reset before the answer", (socket) => socket.resetAndDestroy(), "the connection was reset"],
    ["the body ends before its length", (socket) => socket.end(`${head("Content-Length: 5000")}${half}`), cut],
    [
      "the connection is reset within the length",
      (socket) => socket.write(`${head("Content-Length: 5000")}${half}`, () => socket.resetAndDestroy()),
      // A reset may overtake what was sent before it.
      /^the connection (was reset|closed in the middle of the answer)$/
    ],
    [
      "the connection closes within a chunk",
      (socket) => socket.end(`${head("Transfer-Encoding: chunked")}1000\r\n${half}`),
      cut
    ],
    [
      "the connection closes between chunks",
      (socket) => socket.end(`${head("Transfer-Encoding: chunked")}3e8\r\n${half}\r\n`),
      cut
    ],
    [
      "the last chunk is missing its end",
      (socket) => socket.end(`${head("Transfer-Encoding: chunked")}3e8\r\n${half}\r\n0\r\n`),
      cut
    ],
    [
      "gzip data ends early though its length is right",
      (socket) => {
        socket.write(head("Content-Encoding: gzip", `Content-Length: ${zipped.length - 20}`))
        socket.end(zipped.subarray(0, -20))
      },
      "the answer's gzip data is damaged"
    ],
    [
      "gzip data ends early and the connection with it",
      (socket) => {
        socket.write(head("Content-Encoding: gzip", "Connection: close"))
        socket.end(zipped.subarray(0, -20))
      },
      "the answer's gzip data is damaged"
    ],
    [
      "gzip data is damaged",
      (socket) => {
        const damaged = Buffer.from(zipped)
        damaged.fill(0, damaged.length >> 1)
        socket.write(head("Content-Encoding: gzip", `Content-Length: ${damaged.length}`))
        socket.end(damaged)
      },
      "the answer's gzip data is damaged"
    ],
    [
      "the encoding is another",
      (socket) => socket.end(`${head("Content-Encoding: br", "Content-Length: 2")}xx`),
      "the answer has an encoding that was not requested"
    ],
    [
      "a chunk is longer than it says",
      (socket) => socket.end(`${head("Transfer-Encoding: chunked")}3e7\r\n${half}\r\n0\r\n\r\n`),
      /^the request failed \(HPE_/
    ],
    ["the answer is no HTTP", (socket) => socket.end("nonsense\r\n\r\n"), /^the request failed \(HPE_/]
  ])("when %s", async (_, answer, reason) => {
    expect(await failureOf(get(await serve(answer)))).toMatch(
      typeof reason === "string" ? new RegExp(`^${reason}$`) : reason
    )
  })

  it.each<[string, (socket: Socket) => void, RegExp]>([
    [
      "the length it announces",
      (socket) => socket.write(head("Content-Length: 2000000000")),
      /^the answer is too large: it was cut off after 0 of 2000000000 bytes, as at most 100000 are read$/
    ],
    [
      "what comes of it",
      (socket) => {
        socket.write(head("Connection: close"))
        const pour = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65536, " "))) {}
        }
        socket.on("drain", pour)
        pour()
      },
      /^the answer is too large: it was cut off after 1\d{5} bytes, as at most 100000 are read$/
    ],
    [
      "what it unpacks to",
      (socket) => {
        socket.write(head("Content-Encoding: gzip", "Connection: close"))
        socket.write(gzipSync(Buffer.alloc(20_000_000)))
      },
      /^the answer is too large: it was cut off after 1\d{5} bytes, as at most 100000 are read$/
    ],
    [
      "what is packed, though it unpacks to nothing",
      (socket) => {
        socket.write(head("Content-Encoding: gzip", "Connection: close"))
        const nothing = gzipSync("")
        socket.write(Buffer.concat(Array.from({ length: 10_000 }, () => nothing)))
      },
      /^the answer is too large: it was cut off after [12]\d{5} bytes, as at most 100000 are read$/
    ]
  ])("when %s is beyond the bound, and lets the connection go", async (_, answer, reason) => {
    let closed: Promise<unknown> = Promise.resolve()
    const url = await serve((socket) => {
      closed = new Promise((done) => socket.once("close", done))
      answer(socket)
    })
    expect(await failureOf(get(url, { maxBodyBytes: 100_000 }))).toMatch(reason)
    await closed
  })

  it("not when a body is as large as it may be, packed or not", async () => {
    const whole = Buffer.alloc(100_000, "x")
    for (const [encoding, bytes] of [
      ["identity", whole],
      ["gzip", gzipSync(whole)],
      ["gzip", Buffer.alloc(0)]
    ] as const) {
      const url = await serve((socket) => {
        socket.write(head(`Content-Encoding: ${encoding}`, `Content-Length: ${bytes.length}`))
        socket.end(bytes)
      })
      const { body } = await get(url, { maxBodyBytes: 100_000 })
      expect(Buffer.from(body).equals(bytes.length === 0 ? bytes : whole)).toBe(true)
      server?.close()
    }
  })

  it("when nobody listens", async () => {
    const url = await serve(() => {})
    server?.close()
    expect(await failureOf(get(url))).toBe("the connection was refused")
  })

  it("when no headers come in time", async () => {
    const url = await serve(() => {})
    expect(await failureOf(get(url, { headersMs: 50 }))).toBe("no answer came within 0.05 s")
  })

  it("when the body stalls", async () => {
    const url = await serve((socket) => socket.write(`${head("Content-Length: 5000")}${half}`))
    expect(await failureOf(get(url, { idleMs: 50 }))).toBe("the answer stalled for 0.05 s")
  })

  it("when a body that never stalls takes too long", async () => {
    const url = await serve((socket) => {
      socket.write(head("Transfer-Encoding: chunked"))
      const drip = setInterval(() => socket.write("1\r\nx\r\n"), 10)
      socket.once("close", () => clearInterval(drip))
    })
    expect(await failureOf(get(url, { totalMs: 200, idleMs: 10_000 }))).toBe("the answer took longer than 0.2 s")
  })

  it("when it is stopped, before the answer and within it, and lets the connection go", async () => {
    for (const text of ["", `${head("Content-Length: 5000")}${half}`]) {
      const abort = new AbortController()
      let closed: Promise<unknown> = Promise.resolve()
      const url = await serve((socket) => {
        closed = new Promise((done) => socket.once("close", done))
        if (text === "") abort.abort()
        else socket.write(text, () => setImmediate(() => abort.abort()))
      })
      expect(await failureOf(get(url, {}, abort.signal))).toBe("the request was stopped")
      await closed
      server?.close()
    }
  })

  it("when it was stopped before it began", async () => {
    expect(await failureOf(get("http://127.0.0.1:1/?limit=500", {}, AbortSignal.abort()))).toBe(
      "the request was stopped"
    )
  })

  it("when a header cannot be sent, without showing it", async () => {
    network = makeNetwork(1)
    const request = { method: "GET", url: "http://127.0.0.1:1/", headers: { "x-api-token": `${secret}\n` } } as const
    expect(await failureOf(network.send(request, timeouts, new AbortController().signal))).toBe(
      "the request could not be sent"
    )
  })
})

describe("a proxy", () => {
  const request = { method: "GET", url: "https://api.pipedrive.com/v1/users/me", headers: {} } as const
  const failureThrough = (address: string): Promise<string> => {
    network = makeNetwork(1, { https_proxy: address })
    return failureOf(network.send(request, timeouts, new AbortController().signal))
  }

  it("is asked for hosts outside, and told why it was of no use", async () => {
    const asked: Array<string> = []
    const address = await serve((socket, text) => {
      asked.push(text)
      socket.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
    })
    expect(await failureThrough(new URL(address).host)).toBe("the proxy answered 502 when asked for a tunnel")
    expect(asked).toEqual([
      expect.stringMatching(/^CONNECT api\.pipedrive\.com:443 HTTP\/1\.1\r\nHost: api\.pipedrive/i)
    ])
  })

  it.each([
    [
      407,
      /^The proxy refused the connection \(407\): it requires a user name .* HTTPS_PROXY to http:\/\/user:password@/
    ],
    [403, /^The proxy refused the connection \(403\): it does not allow connections to this host.* NO_PROXY/]
  ])("that refuses with %i ends everything, with the remedy", async (status, remedy) => {
    const address = await serve((socket) => socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`))
    expect(await failureThrough(new URL(address).origin)).toBe(`the proxy answered ${status} when asked for a tunnel`)
    expect(await network?.blocked).toMatch(remedy)
  })

  it("that cannot be reached is what is told of, not Pipedrive", async () => {
    const address = await serve(() => {})
    server?.close()
    expect(await failureThrough(new URL(address).host)).toBe("failed to reach the proxy: the connection was refused")
  })

  it("that closes the connection is what is told of", async () => {
    const address = await serve((socket) => socket.destroy())
    expect(await failureThrough(new URL(address).host)).toBe("failed to reach the proxy: the connection was reset")
  })

  it("that cannot be one is named by its variable alone", async () => {
    expect(await failureThrough(`socks5://user:${secret}@proxy:1080`)).toBe("https_proxy does not name a usable proxy")
    const blocked = await network?.blocked
    expect(blocked).toContain("https_proxy")
    expect(blocked).not.toContain(secret)
  })

  it("that never answers is left when the network closes", async () => {
    let closed: Promise<unknown> = Promise.resolve()
    const address = await serve((socket) => {
      closed = once(socket, "close")
      network?.close()
    })
    expect(await failureThrough(new URL(address).host)).toMatch(/^failed to reach the proxy: /)
    await closed
  })

  it("is not asked for this machine", async () => {
    const url = await serve((socket) => socket.end(`${head("Content-Length: 2")}{}`))
    network = makeNetwork(1, { https_proxy: "127.0.0.1:1", all_proxy: "127.0.0.1:1" })
    const answer = await network.send({ method: "GET", url, headers: {} }, timeouts, new AbortController().signal)
    expect(answer.status).toBe(200)
  })
})
