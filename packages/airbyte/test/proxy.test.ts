import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, request } from "node:http"
import { createServer as createTlsServer } from "node:https"
import { type AddressInfo, connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Emulator, startEmulator } from "pipedrive-emulator"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { catalogOf, makeFolder, run } from "./command.ts"
import { messagesOf } from "./messages.ts"

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0
if (!hasOpenssl) console.warn("SKIPPED, as there is no openssl to make a certificate: reading through a proxy")

const PASSWORD = "pr0xy-passw0rd"
const folder = mkdtempSync(join(tmpdir(), "proxy-"))
const certificate = join(folder, "certificate.pem")
const { write, plugin } = makeFolder()

const listen = async (server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>) => {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}

/** A proxy that every host is behind, and that wants this password; it takes note of what it is asked. */
const startProxy = async (target: number, password?: string) => {
  const asked: Array<string> = []
  const expected = `Basic ${Buffer.from(`corp:${password}`).toString("base64")}`
  const server = createServer((_, answer) => answer.writeHead(400).end())
  server.on("connect", ({ url = "", headers }, socket) => {
    asked.push(url)
    socket.on("error", () => {})
    if (password !== undefined && headers["proxy-authorization"] !== expected) {
      socket.end(
        "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 4\r\n\r\nno\r\n"
      )
      return
    }
    const behind = connect(target, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
      behind.pipe(socket).pipe(behind)
    })
    behind.on("error", () => socket.destroy())
  })
  const port = await listen(server)
  return { asked, address: `127.0.0.1:${port}`, close: () => server.close() }
}

type TestProxy = Awaited<ReturnType<typeof startProxy>>

describe.skipIf(!hasOpenssl)("behind a proxy", () => {
  let emulator: Emulator
  let open: TestProxy
  let closed: TestProxy
  let closeApi: () => void
  let config: string

  beforeAll(async () => {
    const made = spawnSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", "/CN=api.pipedrive.com", "-addext", "subjectAltName=DNS:api.pipedrive.com"],
      ...["-keyout", join(folder, "key.pem"), "-out", certificate]
    ])
    expect(made.status, String(made.stderr)).toBe(0)
    emulator = await startEmulator({ size: { deals: 40 } })
    // What stands behind the proxy as api.pipedrive.com.
    const api = createTlsServer(
      { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(certificate) },
      (asked, answer) => {
        const { hostname, port } = new URL(emulator.url)
        const options = { hostname, port, path: asked.url ?? "", method: asked.method ?? "GET", headers: asked.headers }
        asked.pipe(request(options, (given) => given.pipe(answer.writeHead(given.statusCode ?? 500, given.headers))))
      }
    )
    closeApi = () => api.close()
    const port = await listen(api)
    open = await startProxy(port)
    closed = await startProxy(port, PASSWORD)
    config = write("config.json", { credentials: { auth_type: "api_token", api_token: emulator.apiToken } })
  })

  afterAll(async () => {
    open.close()
    closed.close()
    closeApi()
    await emulator.close()
    rmSync(folder, { recursive: true })
  })

  const behind = (environment: Readonly<Record<string, string>>) => ({
    env: { ...process.env, no_proxy: "", NO_PROXY: "", NODE_EXTRA_CA_CERTS: certificate, ...environment }
  })
  const check = (environment: Readonly<Record<string, string>>) =>
    run(["check", "--config", config, ...plugin], behind(environment))

  it.each(["https_proxy", "HTTPS_PROXY", "all_proxy"])(
    "check asks through %s=host:port, without a scheme",
    async (name) => {
      const before = open.asked.length
      const { code, stdout, stderr } = await check({ [name]: open.address })
      expect([code, stderr]).toEqual([0, ""])
      expect(messagesOf(stdout).at(-1)).toMatchObject({ connectionStatus: { status: "SUCCEEDED" } })
      expect(open.asked.slice(before)).toEqual(["api.pipedrive.com:443"])
    }
  )

  it("read brings every row through it, over connections that are kept", async () => {
    const before = open.asked.length
    const catalog = write("catalog.json", catalogOf("deals"))
    const { code, stdout, stderr } = await run(
      ["read", "--config", config, "--catalog", catalog, ...plugin],
      behind({ https_proxy: `http://${open.address}` })
    )
    expect([code, stderr]).toEqual([0, ""])
    const rows = messagesOf(stdout).filter(({ type }) => type === "RECORD")
    expect(rows).toHaveLength(emulator.ids("v2/deals").length)
    expect(open.asked.length - before).toBeLessThanOrEqual(3)
  })

  it("a password in its address opens it, and stands in no message", async () => {
    const { code, stdout, stderr } = await check({ HTTPS_PROXY: `http://corp:${PASSWORD}@${closed.address}` })
    expect([code, stderr]).toEqual([0, ""])
    expect(messagesOf(stdout).at(-1)).toMatchObject({ connectionStatus: { status: "SUCCEEDED" } })
    expect(stdout).not.toContain(PASSWORD)
  })

  it("a wrong password is named by check as the proxy's refusal, with the remedy", async () => {
    const before = closed.asked.length
    const { code, stdout, stderr } = await check({ https_proxy: `corp:${PASSWORD}-wrong@${closed.address}` })
    expect([code, stderr]).toEqual([0, ""])
    const { connectionStatus } = messagesOf(stdout).at(-1)
    expect(connectionStatus.status).toBe("FAILED")
    expect(connectionStatus.message).toMatch(
      /The proxy refused the connection \(407\).*http:\/\/user:password@host:port/
    )
    expect(stdout).not.toContain(PASSWORD)
    expect(closed.asked.length - before).toBe(1)
  })

  it("a missing password ends read as a matter of settings, after one request a worker", async () => {
    const before = closed.asked.length
    const catalog = write("refused.json", catalogOf("deals", "deal_fields full_refresh"))
    const { code, stdout, stderr } = await run(
      ["read", "--config", config, "--catalog", catalog, ...plugin],
      behind({ https_proxy: closed.address })
    )
    expect([code, stderr]).toEqual([1, ""])
    const traces = messagesOf(stdout).flatMap(({ trace }) => (trace === undefined ? [] : [trace]))
    const errors = traces.flatMap(({ error }) => (error === undefined ? [] : [error]))
    expect(errors).toMatchObject([{ failure_type: "config_error", message: expect.stringContaining("407") }])
    const statuses = traces.flatMap(({ stream_status: each }) =>
      each === undefined || each.status === "STARTED" ? [] : [`${each.stream_descriptor.name} ${each.status}`]
    )
    expect(statuses).not.toContain("deals COMPLETE")
    expect(statuses).toContain("deals INCOMPLETE")
    expect(closed.asked.length - before).toBeLessThanOrEqual(3)
  })

  it("one of another kind is refused by check, by the name of its variable", async () => {
    const { code, stdout } = await check({ ALL_PROXY: `socks5://corp:${PASSWORD}@${open.address}` })
    expect(code).toBe(0)
    const { connectionStatus } = messagesOf(stdout).at(-1)
    expect(connectionStatus).toMatchObject({ status: "FAILED", message: expect.stringContaining("ALL_PROXY") })
    expect(stdout).not.toContain(PASSWORD)
  })

  it("this machine is asked directly", async () => {
    const before = open.asked.length
    const local = write("local.json", {
      credentials: { auth_type: "api_token", api_token: emulator.apiToken },
      base_url: emulator.url
    })
    const { code } = await run(["check", "--config", local, ...plugin], behind({ https_proxy: open.address }))
    expect([code, open.asked.length - before]).toEqual([0, 0])
  })
})
