import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { Ajv } from "ajv"
import formats from "ajv-formats"
import { startEmulator } from "pipedrive-emulator"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { parse } from "yaml"
import { connect, type Message, run } from "./command.ts"

const app = fileURLToPath(new URL("../", import.meta.url))
const repository = join(app, "../..")
const textOf = (name: string): string => readFileSync(join(app, name), "utf8")
const manifest: { readonly name: string; readonly version: string } = JSON.parse(textOf("package.json"))

/** Instructions of the Dockerfile, each on one line. */
const instructions = textOf("Dockerfile")
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll(/\\\n/g, " ")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => {
    const [, name = "", value = ""] = /^(\w+) +(.*)$/.exec(line) ?? []
    return { name, value }
  })
const lastStage = instructions.slice(instructions.findLastIndex(({ name }) => name === "FROM"))
const valuesOf = (name: string): ReadonlyArray<string> =>
  lastStage.filter((each) => each.name === name).map(({ value }) => value)

/** `NAME="value" …` of ENV and LABEL. */
const pairsOf = (name: string): ReadonlyMap<string, string> =>
  new Map(
    valuesOf(name).flatMap((value) =>
      [...value.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, key = "", quoted, plain]): [string, string] => [
        key,
        quoted ?? plain ?? ""
      ])
    )
  )

const entryPoint: ReadonlyArray<string> = JSON.parse(valuesOf("ENTRYPOINT")[0] ?? "[]")
const metadata = parse(textOf("metadata.yaml"))

describe("metadata.yaml", () => {
  const text = { type: "string", minLength: 1 }
  const strict = (properties: object, required: ReadonlyArray<string> = []) => ({
    type: "object",
    additionalProperties: false,
    required,
    properties
  })
  const enabled = strict({ enabled: { type: "boolean" } }, ["enabled"])
  const rules = strict(
    {
      metadataSpecVersion: { const: "1.0" },
      data: strict(
        {
          name: text,
          definitionId: { type: "string", format: "uuid" },
          connectorType: { const: "source" },
          connectorSubtype: {
            enum: ["api", "database", "datalake", "file", "custom", "message_queue", "unknown", "vectorstore"]
          },
          dockerRepository: { type: "string", pattern: "^[a-z0-9./-]+$" },
          dockerImageTag: { type: "string", pattern: "^\\d+\\.\\d+\\.\\d+$" },
          license: { enum: ["MIT", "ELv2"] },
          documentationUrl: { type: "string", format: "uri" },
          githubIssueLabel: text,
          releaseStage: { enum: ["alpha", "beta", "generally_available", "custom"] },
          supportLevel: { enum: ["community", "certified", "archived"] },
          releaseDate: { type: "string", format: "date" },
          icon: text,
          tags: { type: "array", items: { type: "string", pattern: "^(language|cdk|keyword):.+$" } },
          allowedHosts: strict({ hosts: { type: "array", items: text } }),
          suggestedStreams: strict({ streams: { type: "array", items: text } }),
          maxSecondsBetweenMessages: { type: "integer", minimum: 1 },
          protocolVersion: text,
          registryOverrides: strict({ oss: enabled, cloud: enabled }),
          connectorTestSuitesOptions: {
            type: "array",
            items: strict({ suite: { enum: ["unitTests", "integrationTests", "acceptanceTests", "liveTests"] } }, [
              "suite"
            ])
          }
        },
        [
          ...["name", "definitionId", "connectorType", "connectorSubtype", "dockerRepository", "dockerImageTag"],
          ...["license", "documentationUrl", "githubIssueLabel", "releaseStage"]
        ]
      )
    },
    ["metadataSpecVersion", "data"]
  )

  it("keeps Airbyte's rules", () => {
    const ajv = new Ajv({ allErrors: true })
    formats.default(ajv)
    const validate = ajv.compile(rules)
    validate(metadata)
    expect(validate.errors).toBeNull()
    expect(validate({ ...metadata, data: { ...metadata.data, surprise: 1 } })).toBe(false)
  })

  it("is not the official connector, and says the version of the package", () => {
    expect(metadata.data.definitionId).not.toBe("d8286229-c680-4063-8c59-23b9b391c700")
    expect(metadata.data.dockerImageTag).toBe(manifest.version)
    expect(existsSync(join(app, metadata.data.icon))).toBe(true)
  })

  it("names a language that Airbyte's tools drive by the image alone", () => {
    const languages = metadata.data.tags.filter((tag: string) => tag.startsWith("language:"))
    expect(languages).toEqual(["language:java"])
  })

  it("suggests streams that there are", async () => {
    const emulator = await startEmulator()
    onTestFinished(() => emulator.close())
    const connection = await connect(emulator)
    onTestFinished(connection.remove)
    const names = (await connection.discover()).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(metadata.data.suggestedStreams.streams))
  })
})

describe("the Dockerfile", () => {
  it("says one entry point twice, in absolute paths", () => {
    expect(entryPoint.length).toBeGreaterThan(0)
    expect(pairsOf("ENV").get("AIRBYTE_ENTRYPOINT")).toBe(entryPoint.join(" "))
    for (const part of entryPoint) expect(part).toMatch(/^\/[\w./-]+$/)
  })

  it("labels the image as metadata.yaml does", () => {
    expect(pairsOf("LABEL")).toEqual(
      new Map([
        ["io.airbyte.name", metadata.data.dockerRepository],
        ["io.airbyte.version", metadata.data.dockerImageTag]
      ])
    )
  })

  it("builds in one stage and runs in another, a slim one, as airbyte with uid 1000 and in UTC", () => {
    const stages = instructions.filter(({ name }) => name === "FROM").map(({ value }) => value)
    expect(stages).toHaveLength(2)
    for (const stage of stages) expect(stage).toMatch(/^node:\d+\.\d+\.\d+-slim@sha256:[0-9a-f]{64}( AS \w+)?$/)
    expect(valuesOf("USER")).toEqual(["airbyte"])
    // The image's user node has uid and gid 1000; it is renamed.
    expect(valuesOf("RUN").join()).toMatch(/groupmod --new-name airbyte node .*usermod --login airbyte .* node /)
    expect(pairsOf("ENV").get("TZ")).toBe("UTC")
  })

  it("builds this package, and its context has no secrets and no builds in it", () => {
    const build = instructions.filter(({ name }) => name === "RUN").map(({ value }) => value)
    expect(build[0]).toContain(`--filter=${manifest.name}`)
    const ignored = textOf("Dockerfile.dockerignore").split("\n")
    expect(ignored).toEqual(expect.arrayContaining(["*", "**/node_modules", "**/dist", "**/config.json", "**/.env"]))
    for (const line of ignored)
      if (/^![^*]+$/.test(line)) expect(existsSync(join(repository, line.slice(1))), line).toBe(true)
  })
})

/** Lays out what the last stage copies, below a folder, and gives the entry point that is to be evaluated there. */
const layOut = (root: string): string => {
  for (const value of valuesOf("COPY")) {
    const words = value.split(" ").filter((word) => word !== "")
    const mode = Number.parseInt(/--chmod=(\d+)/.exec(value)?.[1] ?? "644", 8)
    const paths = words.filter((word) => !word.startsWith("--"))
    const target = paths.at(-1) ?? ""
    for (const from of paths.slice(0, -1)) {
      const source = from.replace(/^\/build\//, `${repository}/`)
      const to = join(root, target, target.endsWith("/") ? (from.split("/").at(-1) ?? "") : "")
      mkdirSync(dirname(to), { recursive: true })
      cpSync(source, to, { recursive: true })
      const files = readdirSync(dirname(to), { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
      for (const { parentPath, name } of files)
        if (join(parentPath, name).startsWith(to)) chmodSync(join(parentPath, name), mode)
    }
  }
  const node = join(root, entryPoint[0] ?? "")
  mkdirSync(dirname(node), { recursive: true })
  copyFileSync(process.execPath, node)
  chmodSync(node, 0o755)
  return entryPoint.map((path) => join(root, path)).join(" ")
}

const isRoot = process.getuid?.() === 0
if (!isRoot)
  console.warn("SKIPPED, as only root can be another user: the entry point runs as this user, not as uid 1000")

describe("the entry point, as Airbyte starts it", () => {
  let root: string
  let env: NodeJS.ProcessEnv
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "image-"))
    chmodSync(root, 0o755)
    env = { AIRBYTE_ENTRYPOINT: layOut(root), PATH: "/usr/bin:/bin", TZ: "UTC" }
  })
  afterAll(() => rmSync(root, { recursive: true }))

  /** Evaluates the entry point in a shell, in a folder of another user, without stdin. */
  const start = (cwd: string, args: string, redirections: string): ChildProcess =>
    spawn("/bin/sh", ["-c", `(eval "$AIRBYTE_ENTRYPOINT ${args}") <&- ${redirections}; echo $? > exit`], {
      cwd,
      env,
      stdio: "ignore",
      ...(isRoot && { uid: 1000, gid: 1000 })
    })

  /** The folder Airbyte mounts: the connector's user may read and write there. */
  const mount = (files: Readonly<Record<string, unknown>>): string => {
    const folder = mkdtempSync(join(tmpdir(), "source-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    chmodSync(folder, 0o777)
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), JSON.stringify(content))
      chmodSync(join(folder, name), 0o444)
    }
    return folder
  }

  it("reads into a FIFO whose reader is slow, and loses nothing", async () => {
    const deals = 1_500
    const emulator = await startEmulator({ size: { deals } })
    onTestFinished(() => emulator.close())
    const folder = mount({
      "connectorConfig.json": {
        credentials: { auth_type: "api_token", api_token: emulator.apiToken },
        base_url: emulator.url
      },
      "catalog.json": {
        streams: [{ stream: { name: "deals" }, sync_mode: "incremental", destination_sync_mode: "append" }]
      }
    })
    for (const name of ["stdout", "stderr"]) {
      expect(spawnSync("mkfifo", ["-m", "666", join(folder, name)]).status).toBe(0)
    }
    const child = start(
      folder,
      `read --config ${folder}/connectorConfig.json --catalog ${folder}/catalog.json`,
      "> stdout 2> stderr"
    )
    const ended = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve))
    const readAll = async (name: string, pauseMs: number): Promise<string> => {
      let text = ""
      for await (const piece of createReadStream(join(folder, name), { encoding: "utf8", highWaterMark: 16_384 })) {
        text += piece
        await wait(pauseMs)
      }
      return text
    }
    const [stdout, stderr] = await Promise.all([readAll("stdout", 4), readAll("stderr", 0)])
    await ended
    expect([readFileSync(join(folder, "exit"), "utf8"), stderr]).toEqual(["0\n", ""])
    expect(stdout.endsWith("\n")).toBe(true)
    const messages: ReadonlyArray<Message> = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    const ids = new Set(messages.flatMap(({ record }) => (record === undefined ? [] : [record.data.id])))
    expect([...ids]).toEqual(expect.arrayContaining(emulator.ids("v2/deals")))
    expect(messages.findLast(({ trace }) => trace?.stream_status !== undefined)?.trace?.stream_status?.status).toBe(
      "COMPLETE"
    )
  })

  it("answers spec into a file, as a user who may write nowhere else", async () => {
    const folder = mount({})
    const child = start(folder, "spec", "> jobOutput.json 2> stderr")
    await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve))
    expect(readFileSync(join(folder, "exit"), "utf8")).toBe("0\n")
    expect(readFileSync(join(folder, "stderr"), "utf8")).toBe("")
    expect(JSON.parse(readFileSync(join(folder, "jobOutput.json"), "utf8")).type).toBe("SPEC")
    if (isRoot) expect(spawnSync("test", ["-w", join(root, "airbyte")], { uid: 1000 }).status).toBe(1)
  })
})

describe("acceptance-test-config.yml", () => {
  const config = parse(textOf("acceptance-test-config.yml"))
  const tests = Object.values<{ tests: ReadonlyArray<Record<string, unknown>> }>(config.acceptance_tests).flatMap(
    ({ tests: each }) => each
  )

  it("tests the image of metadata.yaml with files that are there", () => {
    expect(config.connector_image).toBe(`${metadata.data.dockerRepository}:dev`)
    const paths = [...JSON.stringify(tests).matchAll(/"(integration_tests\/[^"]+)"/g)].map(([, path = ""]) => path)
    expect(paths.length).toBeGreaterThan(0)
    for (const path of paths) expect(existsSync(join(app, path)), path).toBe(true)
  })

  it("sets no key that Airbyte's standard tests refuse", () => {
    const keys = ["config_path", "status", "configured_catalog_path", "empty_streams", "future_state"]
    expect(tests.length).toBeGreaterThan(0)
    for (const test of tests) expect(keys).toEqual(expect.arrayContaining(Object.keys(test)))
  })

  it("has a catalog to read, a state after which nothing is left, and a config that is refused", async () => {
    const emulator = await startEmulator({ size: { deals: 30 } })
    onTestFinished(() => emulator.close())
    const connection = await connect(emulator)
    onTestFinished(connection.remove)
    const catalog = join(app, "integration_tests/configured_catalog.json")
    const read = async (...more: ReadonlyArray<string>): Promise<ReadonlySet<string>> => {
      const rows = new Set<string>()
      const args = ["read", "--config", connection.config, "--catalog", catalog, ...more]
      const { code } = await run(args, ({ record }) => {
        if (record !== undefined) rows.add(record.stream)
        return undefined
      })
      expect(code).toBe(0)
      return rows
    }
    const streams: ReadonlyArray<{ readonly stream: { readonly name: string } }> = JSON.parse(
      readFileSync(catalog, "utf8")
    ).streams
    expect(await read()).toEqual(new Set(streams.map(({ stream }) => stream.name)))
    expect(await read("--state", join(app, "integration_tests/future_state.json"))).toEqual(new Set())
    const invalid = JSON.parse(readFileSync(join(app, "integration_tests/invalid_config.json"), "utf8"))
    const refused: Array<string | undefined> = []
    const path = await connection.save("invalid.json", { ...invalid, base_url: emulator.url })
    await run(["check", "--config", path], ({ connectionStatus }) => {
      if (connectionStatus !== undefined) refused.push(connectionStatus.status)
      return undefined
    })
    expect(refused).toEqual(["FAILED"])
  })
})
