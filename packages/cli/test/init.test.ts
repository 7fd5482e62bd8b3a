import { statSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { initFolder, makeFolder, openCompany } from "./folder.ts"

it("writes a config for its owner alone and a catalog, which sync takes by themselves", async () => {
  const emulator = await openCompany()
  const folder = await initFolder(emulator, "deals,pipelines")
  expect(statSync(join(folder.path, "pipedrive.json")).mode & 0o777).toBe(0o600)
  expect(folder.readJson("pipedrive.json")).toMatchObject({
    credentials: { auth_type: "api_token", api_token: emulator.apiToken },
    base_url: emulator.url
  })
  const catalog = folder.readJson("catalog.json")
  expect(catalog.streams.map(({ stream, sync_mode }: never) => [(stream as { name: string }).name, sync_mode])).toEqual(
    [
      ["deals", "incremental"],
      ["pipelines", "incremental"]
    ]
  )
  expect(
    (await folder.json("sync", "--to", "x.duckdb")).streams.map(({ stream }: { stream: string }) => stream)
  ).toEqual(["deals", "pipelines"])
})

it("takes the token from the environment, chooses what most want, and prints no secret", async () => {
  const emulator = await openCompany()
  const folder = makeFolder()
  const ended = await folder.run(["init", "--base-url", emulator.url], { PIPEDRIVE_API_TOKEN: emulator.apiToken })
  expect(ended).toMatchObject({ code: 0, stderr: "" })
  expect(ended.stdout).not.toContain(emulator.apiToken)
  expect(ended.stdout).toContain("sync --to pipedrive.duckdb")
  const names = folder.readJson("catalog.json").streams.map(({ stream }: never) => (stream as { name: string }).name)
  expect(names).toEqual(expect.arrayContaining(["deals", "persons", "deal_products", "pipelines"]))
  expect(names).not.toContain("deal_followers")
})

it("never overwrites without being told to", async () => {
  const emulator = await openCompany()
  const folder = await initFolder(emulator)
  const before = folder.read("catalog.json")
  const again = ["init", "--api-token", emulator.apiToken, "--base-url", emulator.url, "--streams", "deals"]
  expect(await folder.run(again)).toMatchObject({ code: 1, stderr: expect.stringContaining("--force") })
  expect(folder.read("catalog.json")).toBe(before)
  expect((await folder.run([...again, "--streams", "pipelines", "--force"])).code).toBe(0)
  expect(folder.read("catalog.json")).not.toBe(before)
})

it("writes nothing where the token is refused, or there is none", async () => {
  const emulator = await openCompany()
  const folder = makeFolder()
  const refused = await folder.run(["init", "--api-token", "nobodys-token", "--base-url", emulator.url])
  expect(refused.code).toBe(1)
  expect(refused.stderr).not.toContain("nobodys-token")
  expect(await folder.run(["init"], { PIPEDRIVE_API_TOKEN: "" })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("PIPEDRIVE_API_TOKEN")
  })
  expect(folder.has("pipedrive.json")).toBe(false)
})

it("says to ignore the config in a git checkout", async () => {
  const emulator = await openCompany()
  const folder = makeFolder()
  folder.write(".git", "gitdir: elsewhere")
  const { stdout } = await folder.run(["init", "--api-token", emulator.apiToken, "--base-url", emulator.url])
  expect(stdout).toMatch(/add pipedrive.json to\s+.gitignore/)
})

it("gets an OAuth app's tokens by consent, and refuses an answer with another state", async () => {
  const emulator = await openCompany()
  const folder = makeFolder()
  const { clientId, clientSecret } = emulator.oauth
  const port = String(20_000 + Math.floor(Math.random() * 20_000))
  const app = ["--client-id", clientId, "--client-secret", clientSecret, "--port", port]
  const running = folder.start(["init", ...app, "--base-url", emulator.url, "--streams", "deals"])
  const address = await running.says(/http:\S+oauth\/authorize\S+/)
  const forged = new URL(address)
  forged.searchParams.set("state", "not-ours")
  const refused = await fetch(forged)
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("does not belong")])
  expect(folder.has("pipedrive.json")).toBe(false)
  expect((await fetch(address)).status).toBe(200)
  const { code, stderr, stdout } = await running.ended
  expect(code).toBe(0)
  expect(stdout + stderr).not.toContain(clientSecret)
  expect(folder.readJson("pipedrive.json").credentials).toMatchObject({ auth_type: "oauth2.0", client_id: clientId })
  const { streams } = await folder.json("sync", "--to", "x.duckdb")
  expect(streams[0].rows).toBeGreaterThanOrEqual(emulator.ids("v2/deals").length)
})
