import { type Emulator, type FaultRule, startEmulator } from "pipedrive-emulator"
import { afterEach, describe, expect, it } from "vitest"
import { type Connection, connect, type Message, Replica, run } from "./command.ts"

interface Cell {
  readonly fault: FaultRule
  readonly stream?: "note_comments"
  readonly entrance?: "OAuth"
  /** How the stream ends; without it, it recovers. */
  readonly ends?: {
    readonly failure: "config_error" | "transient_error" | "system_error"
    readonly says: RegExp
    /** Whether the other streams end with it. */
    readonly halts?: true
  }
}

const persons = { path: "v2/persons", from: 2 }
const token = { path: "oauth/token" }

const cells: Readonly<Record<string, Cell>> = {
  "500 once": { fault: { kind: "status", status: 500, ...persons, times: 1 } },
  "a reset inside the body once": { fault: { kind: "resetInBody", ...persons, times: 1 } },
  "JSON that breaks off once": { fault: { kind: "truncatedJson", ...persons, times: 1 } },
  "HTML with 200 once": { fault: { kind: "html200", ...persons, times: 1 } },
  "damaged gzip once": { fault: { kind: "damagedGzip", ...persons, times: 1 } },
  "a burst limit with room left once": {
    fault: { kind: "burst429", remaining: 79, retryAfter: 2, ...persons, times: 1 }
  },
  "429 without a word once": { fault: { kind: "wordless429", retryAfter: 2, ...persons, times: 1 } },
  "a burst limit once": { fault: { kind: "burst429", ...persons, times: 1 } },
  "an access token refused once": { fault: { kind: "unauthorized", ...persons, times: 1 }, entrance: "OAuth" },
  "503 of the token endpoint once": { fault: { kind: "status", status: 503, ...token, times: 1 }, entrance: "OAuth" },
  "an API token refused": {
    fault: { kind: "unauthorized" },
    ends: { failure: "config_error", says: /rejected the API token.*Copy the current token/, halts: true }
  },
  "401 of one endpoint": {
    fault: { kind: "unauthorized", ...persons },
    ends: {
      failure: "config_error",
      says: /refused persons \(401: .*accepts these credentials.* or deselect the stream/
    }
  },
  "401 of one endpoint, by OAuth": {
    fault: { kind: "unauthorized", ...persons },
    entrance: "OAuth",
    ends: {
      failure: "config_error",
      says: /refused persons \(401: .*accepts these credentials.* or deselect the stream/
    }
  },
  "a scope that lacks": {
    fault: { kind: "scope403", ...persons },
    entrance: "OAuth",
    ends: { failure: "config_error", says: /persons needs, contacts:read .*Add the scope .* or deselect the stream/ }
  },
  "the day's budget": {
    fault: { kind: "daily429", ...persons },
    ends: { failure: "transient_error", says: /Stopped at persons: .*the next sync continues from there/, halts: true }
  },
  "a redirect to another host": {
    fault: { kind: "redirect", ...persons },
    ends: { failure: "system_error", says: /Stopped at persons: .*redirect \(302\), which is not followed.*base_url/ }
  },
  "403 on every parent": {
    fault: { kind: "permission403", path: /^v1\/notes\/\d+\/comments$/ },
    stream: "note_comments",
    ends: { failure: "config_error", says: /^note_comments: every parent asked for refused.*or deselect the stream/ }
  },
  "a refresh token refused": {
    fault: { kind: "status", status: 400, error: "invalid_grant", ...token },
    entrance: "OAuth",
    ends: { failure: "config_error", says: /refresh token .*Authorize the connection again/, halts: true }
  },
  "a redirect of the token endpoint": {
    fault: { kind: "redirect", ...token },
    entrance: "OAuth",
    ends: { failure: "system_error", says: /OAuth server .*redirect \(302\), which is not followed/, halts: true }
  }
}

let emulator: Emulator
let connection: Connection

afterEach(async () => {
  await connection.remove()
  await emulator.close()
})

const open = async (entrance: Cell["entrance"]): Promise<void> => {
  emulator = await startEmulator({
    tokens: ["5ecre7ap170ken5ecre7ap170ken5ecre7ap170k"],
    burstLimit: 100_000,
    dailyTokens: 100_000_000,
    maxPageSize: 100,
    size: { persons: 250, notes: 12, noteComments: 30, stages: 8 }
  })
  const { clientId, clientSecret, refreshToken } = emulator.oauth
  const app = { client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken }
  connection = await connect(
    emulator,
    entrance === undefined ? {} : { credentials: { auth_type: "oauth2.0", api_domain: emulator.url, ...app } }
  )
}

/** All that may not be shown: what the config holds, and the access tokens that were handed out. */
const secrets = (): ReadonlyArray<string> => [
  emulator.apiToken,
  emulator.oauth.clientSecret,
  emulator.oauth.refreshToken,
  ...emulator.requests.flatMap(({ headers }) => /^Bearer (.+)/.exec(headers.authorization ?? "")?.[1] ?? [])
]

/** Whole rows of a stream, by the emulator's own account. */
const truth = (stream: string): number =>
  stream === "note_comments"
    ? emulator.ids("v1/notes").flatMap((id) => emulator.rows(`v1/notes/${id}/comments`)).length
    : emulator.rows(`v2/${stream}`).length

describe("what can go wrong, as the command tells it", () => {
  it.each(Object.entries(cells))("%s", async (_, { ends, entrance, fault, stream = "persons" }) => {
    await open(entrance)
    const streams = (await connection.discover()).filter(({ name }) => name === stream || name === "stages")
    const replica = new Replica(streams)
    const read = async () => {
      const messages: Array<Message> = []
      let shown = ""
      const ended = await run(
        [
          ...["read", "--config", connection.config, "--catalog", await connection.catalog(streams)],
          ...["--state", await connection.save("state.json", replica.stateFile())]
        ],
        (message, line) => {
          messages.push(message)
          replica.take(message)
          if (message.type !== "CONTROL") shown += line
          return undefined
        }
      )
      expect(ended.stderr).toBe("")
      expect(secrets().some((secret) => shown.includes(secret))).toBe(false)
      const statusOf = (name: string) =>
        messages.findLast(({ trace }) => trace?.stream_status?.stream_descriptor.name === name)?.trace?.stream_status
          ?.status
      const errors = messages.flatMap(({ trace }) => trace?.error ?? [])
      return { code: ended.code, statusOf, errors }
    }

    const disarm = emulator.fault(fault)
    const { code, errors, statusOf } = await read()
    expect(code).toBe(ends === undefined ? 0 : 1)
    expect(statusOf(stream)).toBe(ends === undefined ? "COMPLETE" : "INCOMPLETE")
    if (ends?.halts !== true) {
      expect(statusOf("stages")).toBe("COMPLETE")
      expect(replica.keys("stages").length).toBe(8)
      expect(errors.length).toBe(ends === undefined ? 0 : 1)
    }
    if (ends !== undefined) {
      const error = errors.find(({ stream_descriptor }) => stream_descriptor?.name === stream)
      expect(error?.failure_type).toBe(ends.failure)
      expect(error?.message).toMatch(ends.says)
      disarm()
      expect((await read()).code).toBe(0)
    }
    expect(replica.keys(stream).length).toBe(truth(stream))
    expect(replica.keys("stages").length).toBe(8)
  })
})
