import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import {
  decodeConfig,
  defaultRetryPolicy,
  type Event,
  type JsonObject,
  makeSource,
  type RetryPolicy,
  readSource,
  type SendHttp
} from "@pipedrive-source/core/reader"
import { crm } from "@pipedrive-source/crm"
import { Effect, Result } from "effect"
import { type Emulator, startEmulator } from "pipedrive-emulator"
import { afterAll, beforeAll, expect } from "vitest"
import { openEdge } from "../src/edge.ts"
import { makeNetwork } from "../src/fetch.ts"
import type { Lines } from "../src/protocol.ts"
import type { FaultCause, Obstacle } from "./fault-table.ts"

/** What a read tells of a stream. */
export interface Told {
  readonly rows: Set<string>
  state: JsonObject | undefined
  ended: Extract<Event, { _tag: "Ended" }> | undefined
}

/** Which requests a fault strikes. */
export interface Place {
  readonly path: string | RegExp
  readonly from: number
  readonly times?: number
  /** Parents, for faults that have to do with some alone. */
  readonly ids?: ReadonlyArray<string | number>
}

/** An account of one's own, read through the edge with a fault in the way. */
export interface Trial {
  readonly emulator: Emulator
  /** Puts a fault in the way; returns its removal. */
  readonly arm: (cause: FaultCause, place: Place) => () => void
  /** Reads streams from the states of the read before, with the config it left. */
  readonly read: (streams: ReadonlyArray<string>) => Promise<ReadonlyMap<string, Told>>
  /** Requests for an access token so far, those that were lost on the way included. */
  readonly exchanges: () => number
  /** Ends it, and sees that the fault struck and no secret went where it does not belong. */
  readonly close: () => Promise<void>
}

const source = Result.getOrThrow(makeSource([crm]))

/** Waits of a millisecond. Only where an answer is late or stalls it is not waited for long: machines of CI are slow. */
const limitsFor = (kind: FaultCause["kind"] | undefined): RetryPolicy => ({
  ...defaultRetryPolicy,
  tries: 3,
  firstDelayMs: 1,
  longestDelayMs: 4,
  bounds: {
    headersMs: kind === "slowHeaders" ? 4_000 : 60_000,
    idleMs: kind === "stalledBody" ? 4_000 : 60_000,
    totalMs: 120_000,
    maxBodyBytes: kind === "oversizedBody" ? 1 << 20 : defaultRetryPolicy.bounds.maxBodyBytes
  }
})

/** A host that must not be asked, for as long as the tests of a file run. */
export const elsewhere = () => {
  const asked: Array<string> = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.end("{}")
  })
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)))
  afterAll(() => {
    server.close()
    expect(asked).toEqual([])
  })
  return () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const strikes = (url: string, { path, from, times = Number.POSITIVE_INFINITY }: Place, seen: { count: number }) => {
  const asked = new URL(url).pathname.replace(/^\/(api\/)?/, "")
  if (typeof path === "string" ? path !== asked : !path.test(asked)) return false
  seen.count++
  return seen.count >= from && seen.count < from + times
}

const isObstacle = (cause: FaultCause): cause is { readonly kind: Obstacle } =>
  cause.kind === "refusedConnection" || cause.kind === "unknownHost" || cause.kind === "echo"

/** No server of names is asked for one with so long a part: machines without a network take minutes over others. */
const unknownHost = `${"nobody".repeat(11)}.invalid:80`

/** The network with an obstacle on the way. */
const obstructed = (send: SendHttp, kind: Obstacle, place: Place, onStrike: () => void): SendHttp => {
  const seen = { count: 0 }
  return async (request, ...rest) => {
    if (!strikes(request.url, place, seen)) return send(request, ...rest)
    onStrike()
    if (kind === "echo") {
      const error = `${JSON.stringify(request.headers)} ${request.body ?? ""}`
      return { status: 402, header: () => undefined, body: Buffer.from(JSON.stringify({ error })) }
    }
    const url = new URL(request.url)
    url.host = kind === "unknownHost" ? unknownHost : "127.0.0.1:9"
    return send({ ...request, url: url.href }, ...rest)
  }
}

const rowKeys = (rows: Extract<Event, { _tag: "Records" }>["rows"]): ReadonlyArray<string> =>
  Array.from({ length: rows.spans.length / 2 }, (_, row) => {
    const text = Buffer.from(rows.bytes.subarray(rows.spans[2 * row], rows.spans[2 * row + 1])).toString()
    const { id, uuid } = JSON.parse(text) as { readonly id?: unknown; readonly uuid?: unknown }
    return String(uuid ?? id)
  })

const credentialsOf = (emulator: Emulator, entrance: "token" | "OAuth"): JsonObject =>
  entrance === "token"
    ? { auth_type: "api_token", api_token: emulator.apiToken }
    : {
        auth_type: "oauth2.0",
        client_id: emulator.oauth.clientId,
        client_secret: emulator.oauth.clientSecret,
        refresh_token: emulator.oauth.refreshToken
      }

/** @param pages short ones, of which a list has three as well; or as long as they are asked for */
export const startTrial = async (
  entrance: "token" | "OAuth",
  foreignUrl: string,
  pages: "short" | "full" = "short"
): Promise<Trial> => {
  const emulator = await startEmulator({
    tokens: ["5ecre7ap170ken5ecre7ap170ken5ecre7ap170k"],
    burstLimit: 1_000_000,
    dailyTokens: 1_000_000_000,
    nullUpdateTimes: false,
    switches: { rotateRefreshToken: true, oldRefreshTokenValid: true },
    ...(pages === "short" && { maxPageSize: 50 }),
    size: {
      ...(pages === "short" ? { persons: 120, files: 125 } : { persons: 1_200, files: 250 }),
      ...{ notes: 20, noteComments: 60, stages: 8 }
    }
  })
  let raw: JsonObject = { credentials: credentialsOf(emulator, entrance), base_url: emulator.url }
  const states = new Map<string, JsonObject>()
  const lines: Array<Buffer> = []
  const words: Array<string> = []
  const secrets = new Set<string>()
  let exchanged = 0
  let struck = false
  let armed: { readonly kind: FaultCause["kind"]; readonly send: (send: SendHttp) => SendHttp } | undefined

  const keep = (config: JsonObject): void => {
    raw = config
    const { access_token, api_token, client_id, client_secret, refresh_token } = config.credentials as {
      readonly [name: string]: string | undefined
    }
    const basic = Buffer.from(`${client_id}:${client_secret}`).toString("base64")
    for (const secret of [access_token, api_token, client_secret, refresh_token]) {
      if (secret !== undefined) secrets.add(secret).add(encodeURIComponent(secret)).add(basic)
    }
  }
  keep(raw)

  const arm: Trial["arm"] = (cause, place) => {
    const onStrike = (): void => {
      struck = true
    }
    armed = {
      kind: cause.kind,
      send: (send) => (isObstacle(cause) ? obstructed(send, cause.kind, place, onStrike) : send)
    }
    const remove = isObstacle(cause)
      ? undefined
      : emulator.fault({ ...cause, ...place, ...(cause.kind === "redirect" && { location: foreignUrl }) })
    return () => {
      struck ||= emulator.requests.some(({ fault }) => fault === cause.kind)
      armed = undefined
      remove?.()
    }
  }

  const read: Trial["read"] = async (streams) => {
    const told = new Map(
      streams.map((name): [string, Told] => [name, { rows: new Set(), state: states.get(name), ended: undefined }])
    )
    const write = async (more: ReadonlyArray<Lines>) => void lines.push(...more.map((line) => Buffer.from(line)))
    const edge = openEdge({
      output: { lend: Buffer.alloc, write, flush: async () => {}, onEnd: () => {}, end: () => "open" },
      debug: true
    })
    edge.learn(raw)
    const network = makeNetwork(4)
    const send = armed?.send(network.send) ?? network.send
    await Effect.runPromise(
      readSource({
        source,
        config: Result.getOrThrow(decodeConfig(raw)).config,
        selection: streams.map((stream) => ({ stream, mode: "incremental" as const })),
        states,
        send: (request, ...rest) => {
          if (request.url.endsWith("/oauth/token")) exchanged++
          return send(request, ...rest)
        },
        retryPolicy: limitsFor(armed?.kind),
        emit: (event) =>
          Effect.andThen(
            Effect.sync(() => {
              if (event._tag === "ConfigChanged") keep(event.config)
              else if (event._tag !== "Records") words.push(JSON.stringify(event))
              const stream = "stream" in event ? told.get(event.stream) : undefined
              if (stream === undefined) return
              if (event._tag === "Records") for (const key of rowKeys(event.rows)) stream.rows.add(key)
              if (event._tag === "Checkpoint") stream.state = event.state
              if (event._tag === "Ended") stream.ended = event
            }),
            edge.emit(event)
          )
      })
    )
    await write(edge.finish())
    network.close()
    for (const [name, { state }] of told) if (state !== undefined) states.set(name, state)
    return told
  }

  const close = async () => {
    await emulator.close()
    expect(struck, "whether the fault struck").toBe(true)
    const isControl = (line: Buffer) => line.subarray(0, 17).toString() === '{"type":"CONTROL"'
    const shown = Buffer.concat(lines.filter((line) => !isControl(line)))
    const asked = emulator.requests.map(({ path, query, headers: { authorization, "x-api-token": _, ...others } }) => {
      const bearer = /^Bearer (.+)/.exec(authorization ?? "")?.[1]
      if (bearer !== undefined) secrets.add(bearer)
      return JSON.stringify([path, query, others])
    })
    for (const text of [shown, words.join("\n"), asked.join("\n")]) {
      // The begin of one that was cut is as bad.
      expect([...secrets].filter((secret) => text.includes(secret.slice(0, 20))).length, "secrets in a text").toBe(0)
    }
  }

  return { emulator, arm, read, exchanges: () => exchanged, close }
}
