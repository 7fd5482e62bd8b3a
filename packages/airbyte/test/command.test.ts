import { readdirSync, readFileSync, statSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Emulator, startEmulator } from "pipedrive-emulator"
import { afterEach, describe, expect, it, vi } from "vitest"
import { catalogOf, makeFolder, run, start } from "./command.ts"
import { type Message, messagesOf, namesOf } from "./messages.ts"

let emulator: Emulator | undefined
let server: Server | undefined

afterEach(async () => {
  await emulator?.close()
  server?.closeAllConnections()
  server?.close()
  emulator = undefined
  server = undefined
})

const startApi = async (deals = 1200): Promise<Emulator> => {
  emulator = await startEmulator({ size: { deals }, burstLimit: false })
  return emulator
}

const configOf = ({ url, apiToken }: Pick<Emulator, "url" | "apiToken">) => ({
  credentials: { auth_type: "api_token", api_token: apiToken },
  base_url: url
})

/** An API that takes a request and never answers; resolves with its config, and with the first request. */
const startSilence = async () => {
  let asked = (): void => {}
  const request = new Promise<void>((done) => {
    asked = done
  })
  const silent = createServer(() => asked())
  server = silent
  await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done))
  const address = silent.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return { config: configOf({ url: `http://127.0.0.1:${address.port}`, apiToken: "x".repeat(40) }), request }
}

const errorsOf = (messages: ReadonlyArray<Message>) =>
  messages.filter(({ trace }) => trace?.type === "ERROR").map(({ trace }) => trace.error)

describe("spec", () => {
  it("prints one message, without any plugin", async () => {
    const { code, stdout, stderr } = await run(["spec"])
    expect([code, stderr]).toEqual([0, ""])
    expect(messagesOf(stdout).map(({ type }) => type)).toEqual(["SPEC"])
  })

  it("loads neither the reader nor what it is built on", () => {
    const dist = fileURLToPath(new URL("../dist/", import.meta.url))
    const loaded = new Set<string>()
    const load = (file: string): void => {
      if (loaded.has(file)) return
      loaded.add(file)
      const text = readFileSync(join(dist, file), "utf8")
      for (const [, next = ""] of text.matchAll(/^(?:import .*|\} from )"\.\/(.+?)"/gm)) load(next)
    }
    load("main.js")
    for (const file of readdirSync(dist)) if (/^spec-.*\.js$/.test(file)) load(file)
    expect([...loaded].some((file) => file.startsWith("spec-"))).toBe(true)
    expect([...loaded].map((file) => readFileSync(join(dist, file), "utf8")).join("")).not.toContain("effect/")
  })
})

describe("the command line", () => {
  it("that is wrong is answered by an error with one line of help", async () => {
    for (const args of [[], ["fly"], ["read", "--config", "c"], ["check", "--confg", "c"]]) {
      const { code, stdout, stderr } = await run(args)
      expect([code, stderr]).toEqual([1, ""])
      const [error] = errorsOf(messagesOf(stdout))
      expect(error.failure_type).toBe("config_error")
      expect(error.message).toContain("Usage: source-pipedrive")
      expect(error.message).not.toContain("\n")
    }
  })

  it("says its version and its help", async () => {
    expect((await run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect((await run(["--help"])).stdout).toContain("--save-config")
  })

  it("asks for a plugin where there is none", async () => {
    const { folder, write } = makeFolder()
    const config = write("config.json", { api_token: "x".repeat(40) })
    const { code, stdout } = await run(["discover", "--config", config], { cwd: folder })
    expect(code).toBe(1)
    expect(errorsOf(messagesOf(stdout))[0].message).toContain("npm install @pipedrive-source/crm")
  })
})

describe("check", () => {
  it("succeeds with a good token, by one request", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi(10)
    const { code, stdout, stderr } = await run(["check", "--config", write("c", configOf(api)), ...plugin])
    expect([code, stderr]).toEqual([0, ""])
    expect(namesOf(messagesOf(stdout))).toEqual(["CHECK SUCCEEDED"])
    expect(api.requests).toHaveLength(1)
  })

  it("fails in so many words, with exit code 0, for what the user can change", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi(10)
    const refused = { ...configOf(api), credentials: { auth_type: "api_token", api_token: "0".repeat(40) } }
    for (const config of [write("a", refused), write("b", {}), write("c", "no JSON"), write("d", []), "none"]) {
      const { code, stdout, stderr } = await run(["check", "--config", config, ...plugin])
      expect([code, stderr]).toEqual([0, ""])
      expect(namesOf(messagesOf(stdout))).toEqual(["CHECK FAILED"])
      expect(stdout).not.toContain("0".repeat(40))
    }
  })
})

describe("discover", () => {
  it("lists the streams without a request", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi(10)
    const { code, stdout, stderr } = await run(["discover", "--config", write("c", configOf(api)), ...plugin])
    expect([code, stderr]).toEqual([0, ""])
    const [message] = messagesOf(stdout)
    expect(message.catalog.streams.map((stream: Message) => stream.name)).toEqual(["deals", "deal_fields"])
    expect(api.requests).toHaveLength(0)
  })

  it("tells first of an old config in today's form, keeps it when asked to, and tells nothing else", async () => {
    const { folder, write, plugin } = makeFolder()
    const config = write("c", { api_token: "geheim".repeat(6), custom: [1] })
    const saved = join(folder, "saved.json")
    const { code, stdout } = await run(["discover", "--config", config, "--save-config", saved, ...plugin])
    expect(code).toBe(0)
    const messages = messagesOf(stdout)
    expect(messages.map(({ type }) => type)).toEqual(["CONTROL", "CATALOG"])
    const told = messages[0].control.connectorConfig.config
    expect(told).toMatchObject({ api_token: "geheim".repeat(6), custom: [1], credentials: { auth_type: "api_token" } })
    expect(JSON.parse(readFileSync(saved, "utf8"))).toEqual(told)
    expect(statSync(saved).mode & 0o777).toBe(0o600)
    const again = await run(["discover", "--config", saved, ...plugin])
    expect(messagesOf(again.stdout).map(({ type }) => type)).toEqual(["CATALOG"])
  })
})

describe("read", () => {
  const read = async (catalog: unknown, state?: unknown) => {
    const { write, plugin } = makeFolder()
    const api = emulator ?? (await startApi())
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalog)]
    const stateFile = state === undefined ? [] : ["--state", write("s", state)]
    const ending = await run(["read", ...files, ...stateFile, ...plugin])
    expect(ending.stderr).toBe("")
    return { ...ending, api, messages: messagesOf(ending.stdout) }
  }

  it("prints the rows as the API sends them, states after the records they cover, and every stream's end", async () => {
    const { code, messages, api } = await read(catalogOf("deals", "deal_fields"))
    expect(code).toBe(0)
    const records = messages.filter(({ record }) => record?.stream === "deals")
    const ids = new Set(records.map(({ record }) => record.data.id))
    expect([...ids].sort((a, b) => a - b)).toEqual(api.ids("v2/deals").sort((a, b) => Number(a) - Number(b)))
    for (const stream of ["deals", "deal_fields"]) {
      const names = namesOf(messages).filter((name) => name.split(" ")[1] === stream)
      expect(names.slice(0, 2)).toEqual([`STARTED ${stream}`, `RUNNING ${stream}`])
      expect(names.at(-1)).toBe(`COMPLETE ${stream}`)
      expect(names.at(-2)).toMatch(/^STATE /)
      const counted = names.filter((name) => name.startsWith("STATE")).map((name) => Number(name.split(" ")[2]))
      expect(counted.reduce((sum, count) => sum + count, 0)).toBe(
        names.filter((name) => name.startsWith("RECORD")).length
      )
    }
  })

  it("goes on from the last states", async () => {
    const first = await read(catalogOf("deals"))
    const state = first.messages.flatMap((message) => (message.type === "STATE" ? [message.state] : [])).slice(-1)
    const second = await read(catalogOf("deals"), state)
    expect(second.code).toBe(0)
    const count = ({ messages }: typeof first) => messages.filter(({ type }) => type === "RECORD").length
    expect(count(second)).toBeLessThan(count(first) / 2)
    expect(namesOf(second.messages).some((name) => name.startsWith("STATE deals"))).toBe(true)
  })

  it("reads the other streams where the catalog names one that is not there, and fails at the end", async () => {
    const { code, messages } = await read(catalogOf("nothing", "deal_fields full_refresh"))
    expect(code).toBe(1)
    const names = namesOf(messages)
    expect(names).toContain("COMPLETE deal_fields")
    expect(names.slice(-2)).toEqual(["ERROR config_error nothing", "INCOMPLETE nothing"])
    expect(errorsOf(messages)[0].message).toContain('"nothing"')
  })

  it("refuses files it cannot understand, before any request", async () => {
    const good = catalogOf("deals")
    const cases: ReadonlyArray<[unknown, unknown?]> = [
      ["no JSON"],
      [[]],
      [{ streams: [] }],
      [catalogOf("deals INVALID")],
      [catalogOf("nothing INVALID")],
      [catalogOf("deals", "deals")],
      [good, "no JSON"],
      [good, "7"],
      [good, ["deals"]]
    ]
    for (const [catalog, state] of cases) {
      const { code, messages, api } = await read(catalog, state)
      expect(code).toBe(1)
      expect(namesOf(messages)).toEqual(["ERROR config_error"])
      expect(api.requests).toHaveLength(0)
    }
  })

  it("ends quietly when nobody reads on", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi(20_000)
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    const { child, printed, ending } = start(["read", ...files, ...plugin])
    await printed('"RECORD"')
    child.stdout?.destroy()
    const { code, signal, stderr } = await ending
    expect([code, signal, stderr]).toEqual([0, null, ""])
    expect(api.requests.length).toBeLessThan(40)
  })
})

describe("what nobody foresaw", () => {
  it("ends the run with an error, its stack in the internal message alone, and every stream's end", async () => {
    const { write, plugin } = makeFolder()
    const { config } = await startSilence()
    const stray = write(
      "stray.mjs",
      "export const stray = { name: 'stray', core: 0, streams: [] }\nsetTimeout(() => { throw new Error('stray') })"
    )
    const files = ["--config", write("c", config), "--catalog", write("k", catalogOf("deals"))]
    const { code, stdout, stderr } = await run(["read", ...files, ...plugin, "--plugin", stray])
    expect([code, stderr]).toEqual([1, ""])
    const messages = messagesOf(stdout)
    expect(namesOf(messages)).toEqual(["STARTED deals", "ERROR system_error", "INCOMPLETE deals"])
    const [error] = errorsOf(messages)
    expect(error.message).not.toContain("stray")
    expect(error.internal_message).toMatch(/^Error: stray\n {4}at /)
  })
})

describe("a signal", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "%s ends a read that waits, by itself, with every stream's end told",
    async (signal) => {
      const { write, plugin } = makeFolder()
      const { config, request } = await startSilence()
      const files = [
        "--config",
        write("c", config),
        "--catalog",
        write("k", catalogOf("deals", "deal_fields", "nothing"))
      ]
      const { child, ending } = start(["read", ...files, ...plugin])
      await request
      child.kill(signal)
      const end = await ending
      expect([end.code, end.signal, end.stderr]).toEqual([null, signal, ""])
      const names = namesOf(messagesOf(end.stdout))
      const started = names.filter((name) => name.startsWith("STARTED")).map((name) => name.split(" ")[1])
      expect(started.length).toBeGreaterThan(0)
      for (const stream of started) expect(names.filter((name) => name === `INCOMPLETE ${stream}`)).toHaveLength(1)
      expect(names).toContain("ERROR config_error nothing")
    }
  )

  it("ends a read amid its records after a whole line, and its last state is good for the next run", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi(20_000)
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    const { child, printed, ending } = start(["read", ...files, ...plugin])
    await printed('"STATE"')
    child.kill("SIGTERM")
    const end = await ending
    expect(end.signal).toBe("SIGTERM")
    const messages = messagesOf(end.stdout)
    expect(namesOf(messages).at(-1)).toBe("INCOMPLETE deals")
    const states = messages.flatMap((message) => (message.type === "STATE" ? [message.state] : []))
    const next = await run(["read", ...files, "--state", write("s", states.slice(-1)), ...plugin])
    expect(next.code).toBe(0)
    const ids = new Set(
      [...messages, ...messagesOf(next.stdout)].flatMap(({ record }) => (record === undefined ? [] : [record.data.id]))
    )
    expect(ids.size).toBe(api.ids("v2/deals").length)
  })

  it("ends a read even when nobody takes what it prints", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi(20_000)
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    const { child, ending } = start(["read", ...files, ...plugin], { reading: false })
    // What is left of the first page does not fit between the two processes.
    child.stdout?.once("readable", () => {})
    await vi.waitUntil(
      () => child.stdout !== null && child.stdout.readableLength >= child.stdout.readableHighWaterMark,
      {
        timeout: 20_000
      }
    )
    child.kill("SIGTERM")
    expect((await ending).signal).toBe("SIGTERM")
    expect(api.requests.length).toBeLessThan(40)
  }, 40_000)
})
