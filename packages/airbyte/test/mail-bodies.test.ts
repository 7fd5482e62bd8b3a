import { columnsOf, type SourceStream } from "@pipedrive-source/core"
import type { JsonObject } from "@pipedrive-source/core/reader"
import { crm } from "@pipedrive-source/crm"
import { mail } from "@pipedrive-source/mail"
import { startEmulator } from "pipedrive-emulator"
import { expect, it, onTestFinished } from "vitest"
import { readOnce } from "./reading.ts"

const linked = ["deal_mail_messages", "person_mail_messages", "organization_mail_messages"]
const streamOf = (name: string) => mail.streams.find((stream) => stream.name === name) as SourceStream

/** Rows without when they were first seen, in one order. */
const sorted = (rows: ReadonlyArray<JsonObject> | undefined): ReadonlyArray<JsonObject> =>
  (rows ?? [])
    .map(({ _ab_changed_at: _, ...row }) => row)
    .sort((a, b) => (JSON.stringify([a.id, a]) < JSON.stringify([b.id, b]) ? -1 : 1))

it("mails linked to a record carry their text while mail_bodies is on, for the same tokens", async () => {
  const emulator = await startEmulator({
    burstLimit: 1_000_000,
    dailyTokens: 1_000_000,
    size: { deals: 12, persons: 12, organizations: 6, mailThreads: 10, mailMessages: 24 }
  })
  onTestFinished(() => emulator.close())
  const read = async (config: JsonObject) => {
    const before = emulator.tokensSpent()
    emulator.clearRequests()
    const reading = await readOnce({ emulator, plugins: [crm, mail], streams: [...linked, "mail"], config })
    expect([reading.errors, reading.warnings]).toEqual([new Map(), []])
    const asked = emulator.requests.filter(({ path }) => /^v1\/.+\/mailMessages$/.test(path))
    return { rows: reading.rows, asked, tokens: emulator.tokensSpent() - before }
  }
  const without = await read({})
  const off = await read({ mail_bodies: false })
  const on = await read({ mail_bodies: true })
  expect([off.tokens, on.tokens]).toEqual([without.tokens, without.tokens])
  for (const name of linked) {
    expect(Object.keys(columnsOf(streamOf(name)))).toContain("body")
    const bare = sorted(without.rows.get(name))
    const full = on.rows.get(name) ?? []
    expect(bare.length, name).toBeGreaterThan(0)
    expect(sorted(off.rows.get(name))).toEqual(bare)
    expect(sorted(full.map(({ body: _, ...row }) => row))).toEqual(bare)
    expect(bare.some((row) => "body" in row)).toBe(false)
    expect(full.every(({ body }) => typeof body === "string" && body !== "")).toBe(true)
  }
  const isThread = ({ path }: { readonly path: string }) => path.startsWith("v1/mailbox/")
  for (const request of on.asked) expect(request.query.include_body).toBe(isThread(request) ? undefined : "1")
  for (const request of [...off.asked, ...without.asked]) expect(request.query).not.toHaveProperty("include_body")
  expect(on.asked.some(isThread)).toBe(true)
})
