import { spawnSync } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { configOf, startApi } from "./api.ts"
import { bin, catalogOf, makeFolder, run, runInto } from "./command.ts"
import { errorsOf, type Message, messagesOf, namesOf } from "./messages.ts"

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

  it("is told by the exit code when the answer cannot be written", () => {
    const full = openSync("/dev/full", "w")
    for (const args of [["spec"], ["--help"], ["fly"]]) expect(runInto(full, args)).toBe(1)
    closeSync(full)
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

describe("what a command is started with", () => {
  it("has an empty path refused before anything is sent", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi({ size: { deals: 3 } })
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    for (const option of ["--config", "--catalog", "--state", "--save-config", "--plugin"]) {
      const { code, stdout } = await run(["read", ...files, ...plugin, `${option}=`])
      expect([option, code, errorsOf(messagesOf(stdout))[0].message]).toEqual([
        option,
        1,
        expect.stringContaining(`${option} is empty: it must name a file`)
      ])
    }
    expect(api.requests).toEqual([])
  })

  it("may be a state of no bytes: that is refused, and nothing is read", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi({ size: { deals: 3 } })
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    const { code, stdout } = await run(["read", ...files, "--state", write("s", ""), ...plugin])
    expect([code, errorsOf(messagesOf(stdout))[0].message]).toEqual([1, expect.stringMatching(/s is empty: pass the/)])
    expect(api.requests).toEqual([])
  })

  it("may be two states of one stream: the last is used, with a warning", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi({ size: { deals: 3 } })
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    const states = ["2020-01-01", "2020-01-02"].map((update_time) => ({
      type: "STREAM",
      stream: { stream_descriptor: { name: "deals" }, stream_state: { update_time } }
    }))
    const { code, stdout } = await run(["read", ...files, "--state", write("s", states), ...plugin])
    const warnings = messagesOf(stdout).flatMap(({ log }) => (log?.level === "WARN" ? [log.message] : []))
    expect([code, warnings]).toEqual([0, [expect.stringMatching(/several states for the stream deals/)]])
    expect(api.requests.map(({ query }) => query.updated_since)).toContain("2020-01-02T00:00:00Z")
  })

  it.each(["check", "discover"])(
    "may be a config of an older version nested 20,000 deep: %s says so",
    async (command) => {
      const { write, plugin } = makeFolder()
      const nested = `{"api_token":"${"x".repeat(40)}","custom":${"[".repeat(20_000)}${"]".repeat(20_000)}}`
      const { stdout, stderr } = await run([command, "--config", write("c", nested), ...plugin])
      expect(stderr).toBe("")
      const [message] = messagesOf(stdout)
      const said = message.connectionStatus?.message ?? message.trace.error.message
      expect(said).toMatch(/^The config file .*c is nested more than 500 levels deep\.$/)
    }
  )

  it("may be a folder that has been deleted: it is asked for only where it is needed", async () => {
    const { write, plugin } = makeFolder()
    const config = write("c", { api_token: "x".repeat(40) })
    const discover = (...more: ReadonlyArray<string>) => {
      const folder = mkdtempSync(join(tmpdir(), "deleted-"))
      const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
      const args = ["-c", script, "sh", folder, process.execPath, bin, "discover", "--config", config, ...more]
      const { status, stdout } = spawnSync("sh", args, { encoding: "utf8" })
      return [status, errorsOf(messagesOf(stdout)).map(({ message }) => message)]
    }
    const words = expect.stringMatching(/^The working directory no longer exists\. /)
    expect(discover()).toEqual([1, [words]])
    expect(discover(...plugin)).toEqual([1, [words]])
  })

  it("may be an environment that turns off the check of certificates, which is warned of", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi({ size: { deals: 3 } })
    const files = ["--config", write("c", configOf(api)), "--catalog", write("k", catalogOf("deals"))]
    for (const args of [
      ["check", ...files.slice(0, 2)],
      ["read", ...files]
    ]) {
      const { stdout } = await run([...args, ...plugin], { env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } })
      const warnings = messagesOf(stdout).flatMap(({ log }) => (log?.level === "WARN" ? [log.message] : []))
      expect(warnings).toEqual([expect.stringMatching(/^NODE_TLS_REJECT_UNAUTHORIZED=0 turns off/)])
    }
  })
})

describe("check", () => {
  it("succeeds with a good token, by one request", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi({ size: { deals: 10 } })
    const { code, stdout, stderr } = await run(["check", "--config", write("c", configOf(api)), ...plugin])
    expect([code, stderr]).toEqual([0, ""])
    expect(namesOf(messagesOf(stdout))).toEqual(["CHECK SUCCEEDED"])
    expect(api.requests).toHaveLength(1)
  })

  it("fails in so many words, with exit code 0, for what the user can change", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi({ size: { deals: 10 } })
    const refused = { ...configOf(api), credentials: { auth_type: "api_token", api_token: "0".repeat(40) } }
    for (const config of [write("a", refused), write("b", {}), write("c", "no JSON"), write("d", []), "none"]) {
      const { code, stdout, stderr } = await run(["check", "--config", config, ...plugin])
      expect([code, stderr]).toEqual([0, ""])
      expect(namesOf(messagesOf(stdout))).toEqual(["CHECK FAILED"])
      expect(stdout).not.toContain("0".repeat(40))
    }
  })
})

describe("a token that changes", () => {
  it("is told before the answer that was got with it, and kept for the next run", async () => {
    const { folder, write, plugin } = makeFolder()
    const api = await startApi({ switches: { rotateRefreshToken: true, oldRefreshTokenValid: false } })
    const { clientId, clientSecret, refreshToken } = api.oauth
    const credentials = {
      auth_type: "oauth2.0",
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken
    }
    const config = write("c", { credentials, base_url: api.url, custom: { kept: true } })
    const saved = join(folder, "saved.json")
    const first = await run(["check", "--config", config, "--save-config", saved, ...plugin])
    expect([first.code, first.stderr]).toEqual([0, ""])
    const messages = messagesOf(first.stdout)
    expect(namesOf(messages)).toEqual(["CONTROL", "CHECK SUCCEEDED"])
    const told = messages[0].control.connectorConfig.config
    expect(told.custom).toEqual({ kept: true })
    expect(told.credentials.refresh_token).not.toBe(refreshToken)
    expect(JSON.parse(readFileSync(saved, "utf8"))).toEqual(told)
    const second = await run(["check", "--config", saved, ...plugin])
    expect(namesOf(messagesOf(second.stdout)).at(-1)).toBe("CHECK SUCCEEDED")
  })

  it("that could not be kept is refused before a token is renewed", async () => {
    const { folder, write, plugin } = makeFolder()
    const config = write("c", { api_token: "x".repeat(40) })
    const nowhere = join(folder, "none", "c.json")
    const { code, stdout } = await run(["discover", "--config", config, "--save-config", nowhere, ...plugin])
    expect(code).toBe(1)
    const messages = messagesOf(stdout)
    expect(namesOf(messages)).toEqual(["ERROR config_error"])
    expect(errorsOf(messages)[0].message).toMatch(/cannot be saved to .*c\.json: ENOENT\. Name a writable file/)
  })
})

describe("discover", () => {
  it("lists the streams without a request", async () => {
    const { write, plugin } = makeFolder()
    const api = await startApi({ size: { deals: 10 } })
    const { code, stdout, stderr } = await run(["discover", "--config", write("c", configOf(api)), ...plugin])
    expect([code, stderr]).toEqual([0, ""])
    const [warning, message] = messagesOf(stdout)
    expect(warning.log.level).toBe("WARN")
    expect(warning.log.message).toMatch(/note_comments.*@pipedrive-source\/crm/)
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
    expect(messages.map(({ type }) => type)).toEqual(["CONTROL", "LOG", "CATALOG"])
    const told = messages[0].control.connectorConfig.config
    expect(told).toMatchObject({ api_token: "geheim".repeat(6), custom: [1], credentials: { auth_type: "api_token" } })
    expect(JSON.parse(readFileSync(saved, "utf8"))).toEqual(told)
    expect(statSync(saved).mode & 0o777).toBe(0o600)
    const again = await run(["discover", "--config", saved, ...plugin])
    expect(messagesOf(again.stdout).map(({ type }) => type)).toEqual(["LOG", "CATALOG"])
  })
})
