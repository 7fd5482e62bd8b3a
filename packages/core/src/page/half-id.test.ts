import { assert, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { networkOf, tokenConfig } from "../../test/port.ts"
import * as c from "../declare/columns.ts"
import { singlePage } from "../declare/pagination.ts"
import { perParent } from "../declare/parents.ts"
import { definePlugin } from "../declare/plugin.ts"
import { defineStream } from "../declare/stream.ts"
import type { Event } from "../events.ts"
import { ofChangedParents, snapshot } from "../index.ts"
import { readSource } from "../read/read-source.ts"
import { makeSource } from "../source.ts"

const common = {
  docs: "https://developers.pipedrive.com/docs/api/v1",
  tokens: 10,
  scope: "deals:read",
  columns: { id: c.text },
  primaryKey: ["id"],
  paging: singlePage()
} as const

const plugin = definePlugin({
  name: "test",
  streams: [
    defineStream({ ...common, name: "things", path: "v1/things", changes: snapshot() }),
    defineStream({
      ...common,
      name: "parts",
      path: "v1/things/{id}/parts",
      parents: perParent("things", "thing_id"),
      changes: ofChangedParents()
    })
  ]
})

it.effect("a parent whose id holds half a surrogate pair ends its children's stream in a foreseen message", () =>
  Effect.gen(function* () {
    const network = networkOf(() => ({ body: '{"success":true,"data":[{"id":"\\ud800"}]}' }))
    const ended = new Map<string, Extract<Event, { _tag: "Ended" }>>()
    yield* readSource({
      source: Result.getOrThrow(makeSource([plugin])),
      config: tokenConfig(),
      selection: ["things", "parts"].map((stream) => ({ stream, mode: "incremental" as const })),
      states: new Map(),
      send: network.send,
      emit: (event) => Effect.sync(() => void (event._tag === "Ended" && ended.set(event.stream, event)))
    })
    assert.isUndefined(ended.get("things")?.error)
    const message = ended.get("parts")?.error?.message ?? ""
    assert.include(message, "parts")
    assert.notMatch(message, /nobody foresaw|unexpected/)
    assert.strictEqual(network.asked.length, 1)
  })
)
