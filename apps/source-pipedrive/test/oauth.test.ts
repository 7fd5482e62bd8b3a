import { type Emulator, startEmulator } from "pipedrive-emulator"
import { afterEach, expect, it } from "vitest"
import { type Connection, connect, type Message, Replica, run } from "./command.ts"

let emulator: Emulator
let connection: Connection

afterEach(async () => {
  await connection.remove()
  await emulator.close()
})

const connectByOAuth = async (options: Parameters<typeof startEmulator>[0] = {}): Promise<void> => {
  emulator = await startEmulator({ burstLimit: 100_000, dailyTokens: 100_000_000, ...options })
  const { clientId, clientSecret, refreshToken } = emulator.oauth
  connection = await connect(emulator, {
    credentials: {
      auth_type: "oauth2.0",
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      api_domain: emulator.url
    }
  })
}

const refreshes = () => emulator.requests.filter(({ path }) => path === "oauth/token")

const tokenIn = ({ control }: Message) =>
  (control?.connectorConfig.config.credentials as { readonly refresh_token: string } | undefined)?.refresh_token

it("checks with one renewal, announced before its first use", async () => {
  await connectByOAuth()
  const seen: Array<Message> = []
  const ended = await run(["check", "--config", connection.config], (message) => {
    seen.push(message)
  })
  expect(ended.code).toBe(0)
  expect(seen.map(({ type }) => type)).toEqual(["CONTROL", "CONNECTION_STATUS"])
  expect(seen[1]?.connectionStatus?.status).toBe("SUCCEEDED")
  expect(refreshes().length).toBe(1)
})

it.each([{ oldRefreshTokenValid: true }, { oldRefreshTokenValid: false }])(
  "a token that ends amid a read is renewed once for all, and loses nothing: %o",
  async (switches) => {
    await connectByOAuth({
      maxPageSize: 20,
      size: { deals: 400, persons: 300, activities: 300 },
      switches: { rotateRefreshToken: true, ...switches }
    })
    const names = ["deals", "persons", "organizations", "activities", "leads", "notes", "files", "users", "stages"]
    const streams = (await connection.discover()).filter(({ name }) => names.includes(name))
    const renewedBefore = refreshes().length
    const replica = new Replica(streams)
    const announced: Array<string | undefined> = []
    let requests = 0
    const stop = emulator.onRequest(({ path }) => {
      if (path !== "oauth/token" && ++requests === 12) emulator.clock.advance(2 * 3_600_000)
    })
    const ended = await run(
      ["read", "--config", connection.config, "--catalog", await connection.catalog(streams)],
      (message) => {
        replica.take(message)
        if (message.control !== undefined) announced.push(tokenIn(message))
      }
    )
    stop()
    expect(ended).toEqual({ code: 0, signal: null, stderr: "" })
    expect(refreshes().length - renewedBefore).toBe(2)
    expect(announced.length).toBe(2)
    expect(new Set(announced).size).toBe(2)
    expect(announced.at(-1)).toBe(emulator.oauth.refreshToken)
    for (const name of ["deals", "persons", "activities"] as const) {
      const query = name === "deals" ? { status: "open,won,lost,deleted" } : {}
      expect(replica.keys(name).length, name).toBe(emulator.rows(`v2/${name}`, query).length)
    }
  }
)

it("says to authorize again when the refresh token is refused", async () => {
  await connectByOAuth()
  const config = await connection.save("bad.json", {
    credentials: {
      auth_type: "oauth2.0",
      client_id: emulator.oauth.clientId,
      client_secret: emulator.oauth.clientSecret,
      refresh_token: "1:1:revoked-refresh-token",
      api_domain: emulator.url
    },
    base_url: emulator.url
  })
  const statuses: Array<Message["connectionStatus"]> = []
  const text: Array<string> = []
  const ended = await run(["check", "--config", config], ({ connectionStatus }, line) => {
    statuses.push(connectionStatus)
    text.push(line)
  })
  expect(ended.code).toBe(0)
  expect(statuses.at(-1)?.status).toBe("FAILED")
  expect(statuses.at(-1)?.message).toMatch(/[Aa]uthorize the connection again/)
  expect(statuses.at(-1)?.message).toMatch(/second connection/)
  expect(text.join("")).not.toContain("revoked-refresh-token")
  expect(text.join("")).not.toContain(emulator.oauth.clientSecret)
})
