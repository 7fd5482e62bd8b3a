import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { cleanEnv, succeed } from "./process.ts"

/** A registry of our own on loopback. */
export interface Registry {
  readonly url: string
  /** Environment in which npm knows no other registry, and no cache or config of ours. */
  readonly env: NodeJS.ProcessEnv
  readonly stop: () => Promise<void>
}

/** Where packages that are not ours come from, if anything asks for them. */
const upstream = async (): Promise<string> =>
  (await succeed("npm", ["config", "get", "registry"], { cwd: tmpdir(), env: process.env })).trim()

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

/** Environment in which npm knows this registry alone; its cache is in a folder, and so may be its settings. */
export const registryEnv = (url: string, folder: string): NodeJS.ProcessEnv => ({
  ...cleanEnv,
  npm_config_registry: `${url}/`,
  npm_config_userconfig: join(folder, "npmrc"),
  npm_config_globalconfig: join(folder, "none"),
  npm_config_cache: join(folder, "cache"),
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false"
})

/** Packages of ours, and of the third party in the examples, are never asked for elsewhere. */
const configOf = (folder: string, uplink: string): string => `
storage: ${join(folder, "storage")}
auth:
  htpasswd: { file: ${join(folder, "htpasswd")} }
uplinks:
  upstream: { url: "${uplink}", maxage: 60m }
packages:
  "@pipedrive-source/*": { access: $all, publish: $all }
  "@acme/*": { access: $all, publish: $all }
  "airbyte-source-pipedrive": { access: $all, publish: $all }
  "pipedrive-emulator": { access: $all, publish: $all }
  "**": { access: $all, proxy: upstream }
web: { enable: false }
max_body_size: 100mb
log: { type: stdout, format: json, level: warn }
`

const verdaccio = (): string => {
  const file = createRequire(import.meta.url).resolve("verdaccio/package.json")
  const { bin }: { bin: string | Record<string, string> } = createRequire(import.meta.url)("verdaccio/package.json")
  const path = typeof bin === "string" ? bin : (bin.verdaccio ?? "")
  return join(dirname(file), path)
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/-/ping`).then(
    ({ ok }) => ok,
    () => false
  )

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once("close", resolve))
  child.kill("SIGTERM")
  await Promise.race([ended, wait(5_000, undefined, { ref: false })])
  child.kill("SIGKILL")
  await ended
}

/** Starts a registry on a free port of loopback, with nothing in it. */
export const startRegistry = async (): Promise<Registry> => {
  const folder = mkdtempSync(join(tmpdir(), "registry-"))
  mkdirSync(join(folder, "storage"))
  writeFileSync(join(folder, "config.yaml"), configOf(folder, await upstream()))
  const host = `127.0.0.1:${await freePort()}`
  const url = `http://${host}`
  const child = spawn(process.execPath, [verdaccio(), "--config", join(folder, "config.yaml"), "--listen", host], {
    cwd: folder,
    env: cleanEnv,
    stdio: ["ignore", "pipe", "pipe"]
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => {
      said = (said + piece).slice(-4_000)
    })
  const stop = async (): Promise<void> => {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  const patienceMs = performance.now() + 60_000
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() > patienceMs) {
      await stop()
      throw new Error(`verdaccio does not answer at ${url}\n${said}`)
    }
    await wait(100)
  }
  // npm does not publish without a token, whether the registry asks for one or not.
  writeFileSync(join(folder, "npmrc"), `//${host}/:_authToken=nobody\n`)
  return {
    url,
    env: registryEnv(url, folder),
    stop
  }
}
