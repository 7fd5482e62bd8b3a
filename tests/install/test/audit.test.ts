import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { type Ended, run } from "./process.ts"
import { registryEnv } from "./registry.ts"
import { root } from "./repository.ts"

/** What the bundles have inside; another test compares the notices in the tarballs with it. */
const bundled = ["cross-fetch", "effect", "fflate", "node-fetch", "transliteration"]
const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version

const auditAt = (url: string): Promise<Ended> => {
  const folder = mkdtempSync(join(tmpdir(), "audit-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const env = { ...registryEnv(url, folder), npm_config_fetch_retries: "0" }
  return run(process.execPath, [join(root, "scripts/audit.mjs")], { cwd: root, env })
}

/** A registry that has what ships, without anything it depends on, and answers an audit as it is told. */
const auditWith = async (answer: (response: ServerResponse) => void): Promise<Ended> => {
  const server = createServer((request, response) => {
    request.resume()
    if (request.method === "POST") return answer(response)
    const name = decodeURIComponent((request.url ?? "").slice(1))
    if (!bundled.includes(name)) return response.writeHead(404).end("{}")
    const version = versionOf(name)
    const dist = { tarball: `http://127.0.0.1/${name}.tgz`, integrity: `sha512-${"A".repeat(86)}==` }
    response.end(
      JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: { name, version, dist } } })
    )
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return auditAt(url)
}

const json = (value: unknown) => (response: ServerResponse) => response.end(JSON.stringify(value))

it.each<[string, (response: ServerResponse) => void]>([
  ["404", (response) => response.writeHead(404).end('{"error":"not found"}')],
  ["405", (response) => response.writeHead(405).end()],
  ["500", (response) => response.writeHead(500).end("down")],
  ["an HTML page", (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html></html>")],
  ["a closed connection", (response) => response.destroy()]
])("a release waits where its registry answers the audit with %s", async (_, answer) => {
  const { code, stderr } = await auditWith(answer)
  expect(stderr).toContain("The audit could not be made: the registry gave no report.")
  expect(code).toBe(1)
})

it("a release waits where there is no registry", async () => {
  const { code, stderr } = await auditAt("http://127.0.0.1:1")
  expect(stderr).toContain("The audit could not be made: npm found no versions to look at.")
  expect(code).toBe(1)
})

it("a release waits where the registry knows a weakness of what ships", async () => {
  const advisory = { id: 1, title: "a hole", severity: "high", url: "https://example.com", vulnerable_versions: "*" }
  const { code, stderr } = await auditWith(json({ "node-fetch": [advisory] }))
  expect([code, stderr]).toEqual([1, expect.stringContaining("node-fetch: high, a hole")])
})

it("a release goes on where the registry knows none", async () => {
  const { code, stdout, stderr } = await auditWith(json({}))
  expect([code, stdout, stderr]).toEqual([
    0,
    "npm knows no weakness of cross-fetch, effect, fflate, node-fetch, transliteration\n",
    ""
  ])
})
