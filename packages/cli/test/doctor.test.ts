import { join } from "node:path"
import { crm } from "@pipedrive-source/crm"
import type { Emulator } from "pipedrive-emulator"
import { describe, expect, it } from "vitest"
import { findingsOf } from "../src/doctor.ts"
import type { Reach } from "../src/hosts.ts"
import { type Folder, initFolder, makeFolder, openCompany } from "./folder.ts"

interface Told {
  readonly level: string
  readonly what: string
  readonly remedy?: string
}

const ask = async (folder: Folder): Promise<{ code: number | null; findings: ReadonlyArray<Told> }> => {
  const { code, stdout } = await folder.run(["doctor", "--json"])
  return { code, findings: JSON.parse(stdout).findings }
}

const worst = async (folder: Folder): Promise<Told & { readonly code: number | null }> => {
  const { code, findings } = await ask(folder)
  return { code, ...(findings[0] as Told) }
}

describe("doctor", () => {
  const open = async (options = {}, streams = "deals,pipelines"): Promise<{ emulator: Emulator; folder: Folder }> => {
    const emulator = await openCompany(options)
    return { emulator, folder: await initFolder(emulator, streams) }
  }

  it("finds nothing wrong where nothing is", async () => {
    const { folder } = await open({ plan: "premium", burstLimit: 100 })
    const { code, findings } = await ask(folder)
    expect(code).toBe(0)
    expect(findings.every(({ level }) => level === "ok")).toBe(true)
    expect(findings.map(({ what }) => what).join("\n")).toMatch(
      /plan Premium[\s\S]*Signed in as[\s\S]*2 streams can be read/
    )
  })

  it("shows a revoked token", async () => {
    const { folder } = await open()
    const config = folder.readJson("pipedrive.json")
    folder.write("pipedrive.json", { ...config, credentials: { ...config.credentials, api_token: "revoked" } })
    expect(await worst(folder)).toMatchObject({
      code: 1,
      level: "error",
      what: expect.stringContaining("401"),
      remedy: expect.stringContaining("token")
    })
  })

  it("shows a stream that may not be read", async () => {
    const { emulator, folder } = await open()
    emulator.fault({ kind: "scope403", path: "v2/pipelines" })
    expect(await worst(folder)).toMatchObject({
      code: 1,
      what: expect.stringContaining("pipelines"),
      remedy: expect.stringContaining("scope")
    })
  })

  it("warns of an add-on that is missing", async () => {
    const { folder } = await open({ addOns: [] }, "deals,deal_installments")
    expect(await worst(folder)).toMatchObject({
      code: 0,
      level: "warning",
      remedy: expect.stringContaining("deal_installments stays empty")
    })
  })

  it("shows a spent budget", async () => {
    const { emulator, folder } = await open({ dailyTokens: 60 })
    emulator.fault({ kind: "daily429" })
    expect(await worst(folder)).toMatchObject({ code: 1, what: expect.stringMatching(/budget/i) })
  })

  it("shows that the network blocks requests", async () => {
    const { emulator, folder } = await open()
    emulator.fault({ kind: "html403" })
    expect(await worst(folder)).toMatchObject({ code: 1, what: expect.stringMatching(/block/i) })
  })

  it("shows a clock that is an hour off", async () => {
    const { emulator, folder } = await open()
    emulator.clock.dateSkewMs = 3_600_000
    expect(await worst(folder)).toMatchObject({ code: 1, what: expect.stringContaining("60 minutes behind") })
  })

  it("shows a refused connection, and a config that is wrong", async () => {
    const { emulator, folder } = await open()
    await emulator.close()
    expect(await worst(folder)).toMatchObject({ code: 1, what: expect.stringContaining("refuses the connection") })
    folder.write("pipedrive.json", { ...folder.readJson("pipedrive.json"), num_workers: "many" })
    expect((await ask(folder)).findings).toContainEqual(
      expect.objectContaining({ level: "error", what: expect.stringContaining("num_workers") })
    )
  })

  it.each([
    [
      "a host that does not resolve",
      { resolve: () => Promise.reject(Object.assign(new Error(), { code: "ENOTFOUND" })) },
      /not found/,
      /DNS/
    ],
    [
      "a certificate that is not trusted",
      { connect: () => Promise.reject(Object.assign(new Error(), { code: "SELF_SIGNED_CERT_IN_CHAIN" })) },
      /certificate/,
      /NODE_EXTRA_CA_CERTS/
    ]
  ])("shows %s", async (_, broken, what, remedy) => {
    const folder = makeFolder()
    folder.write("pipedrive.json", { credentials: { auth_type: "api_token", api_token: "any" } })
    const reach: Reach = { resolve: async () => {}, connect: async () => {}, ...broken }
    const people = {
      plugins: async () => [crm],
      name: "source-pipedrive",
      command: "npx source-pipedrive",
      version: "0.0.0"
    }
    const findings = await findingsOf(
      people,
      { config: join(folder.path, "pipedrive.json"), all: false, json: true },
      reach
    )
    expect(findings).toContainEqual({
      level: "error",
      what: expect.stringMatching(what),
      remedy: expect.stringMatching(remedy)
    })
  })
})
