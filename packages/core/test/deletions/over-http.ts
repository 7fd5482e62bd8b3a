import { Clock, Effect, Fiber, Result } from "effect"
import type { Emulator } from "pipedrive-emulator"
import { definePlugin } from "../../src/declare/plugin.ts"
import { DELETED_AT } from "../../src/deletions/option.ts"
import type { Event, JsonObject } from "../../src/events.ts"
import type { SendHttp } from "../../src/http/port.ts"
import { defaultRetryPolicy } from "../../src/http/retry.ts"
import { readSource } from "../../src/read/read-source.ts"
import { makeSource } from "../../src/source.ts"
import { jumpingClock } from "../clock.ts"
import { configOf } from "../port.ts"
import type { Kind } from "./kinds.ts"

const send: SendHttp = async ({ headers, method, url }) => {
  const answer = await fetch(url, { method, headers: { ...headers } })
  return {
    status: answer.status,
    header: (name) => answer.headers.get(name) ?? undefined,
    body: new Uint8Array(await answer.arrayBuffer())
  }
}

interface Reads {
  readonly emulator: Emulator
  readonly kind: Kind
  readonly token: string
  readonly states: ReadonlyMap<string, JsonObject>
  readonly config?: object
  /** Events after which the process is killed. */
  readonly killAfter?: number | undefined
  readonly emit: (event: Event) => void
}

/** Reads an emulator's lists once over real HTTP, deletions tracked. Waits pass at once, on the emulator's clock. */
export const readOverHttp = async ({
  config,
  emit,
  emulator,
  kind,
  killAfter,
  states,
  token
}: Reads): Promise<void> => {
  const streams = kind.streams.map(({ stream }) => stream)
  let events = 0
  let kill: () => void = () => {}
  const killed = new Promise<void>((resolve) => {
    kill = resolve
  })
  const fiber = Effect.runFork(
    readSource({
      source: Result.getOrThrow(
        makeSource([definePlugin({ name: "test", streams: [...(kind.parents ?? []), ...streams] })])
      ),
      config: configOf({
        credentials: { auth_type: "api_token", api_token: token },
        base_url: emulator.url,
        track_deletions: true,
        ...config
      }),
      selection: streams.map(({ columns, name }) => ({
        stream: name,
        mode: "incremental" as const,
        properties: { ...columns, [DELETED_AT]: {} }
      })),
      states,
      send,
      emit: (event) =>
        Effect.suspend(() => {
          if (events++ === killAfter) {
            kill()
            return Effect.never
          }
          if (killAfter === undefined || events <= killAfter) emit(event)
          return Effect.void
        }),
      retryPolicy: { ...defaultRetryPolicy, tries: 3 }
    }).pipe(
      Effect.provideService(
        Clock.Clock,
        jumpingClock(
          () => emulator.clock.now(),
          (ms) => emulator.clock.advance(ms)
        )
      )
    )
  )
  await Promise.race([Effect.runPromise(Fiber.join(fiber)), killed])
  await Effect.runPromise(Fiber.interrupt(fiber))
}
