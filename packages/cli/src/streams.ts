import type { PeopleSource } from "@pipedrive-source/airbyte/host"
import { cursorFieldOf } from "@pipedrive-source/core"
import { groupsOf, priceOf } from "./choose.ts"
import { Failure } from "./failure.ts"
import type { Paths } from "./folder.ts"
import { accessOf, probePrice } from "./probe.ts"
import { openFolder, openSource } from "./session.ts"
import { colours, counted, say, sayJson, table, tell } from "./terminal.ts"

export interface StreamsOptions extends Paths {
  readonly package?: string
  readonly maxTokens?: string
  readonly readable: boolean
  readonly json: boolean
}

/** Lists the streams of this source. */
export const streams = async (people: PeopleSource, options: StreamsOptions): Promise<void> => {
  const source = await openSource(people)
  const groups = await groupsOf(people, source)
  const { package: only } = options
  if (only !== undefined && !groups.some(({ name }) => name === only))
    throw new Failure(`There is no package ${only}. There are: ${groups.map(({ name }) => name).join(", ")}.`, 2)
  const most = Number(options.maxTokens ?? Number.POSITIVE_INFINITY)
  if (Number.isNaN(most)) throw new Failure("--max-tokens wants a number.", 2)
  let found = groups
    .filter(({ name }) => only === undefined || name === only)
    .flatMap(({ name, streams }) => streams.map((stream) => ({ package: name, stream })))
    .filter(({ stream }) => stream.tokens <= most)
  if (options.readable) {
    const session = await openFolder(people, options)
    try {
      tell(
        `Asking for ${counted(found.length, "stream")} costs about ${counted(
          probePrice(
            session.source,
            found.map(({ stream }) => stream)
          ),
          "token"
        )}.`
      )
      const kept = []
      for (const each of found) if ((await accessOf(session, each.stream))._tag === "Readable") kept.push(each)
      found = kept
    } finally {
      session.close()
    }
  }
  if (options.json)
    return sayJson(
      found.map(({ package: group, stream }) => ({
        name: stream.name,
        package: group,
        primary_key: stream.primaryKey,
        cursor_field: cursorFieldOf(stream) ?? null,
        tokens: stream.tokens,
        parents: stream.parents?.streams ?? [],
        scope: stream.scope,
        add_on: stream.addOn ?? null
      }))
    )
  for (const { name } of groups) {
    const own = found.filter((each) => each.package === name)
    if (own.length === 0) continue
    say(colours.bold(name))
    say(
      table(
        ["stream", "cursor field", "tokens"],
        own.map(({ stream }) => [stream.name, cursorFieldOf(stream) ?? "", priceOf(stream)])
      )
    )
    say()
  }
  say(`${counted(found.length, "stream")}.`)
}
