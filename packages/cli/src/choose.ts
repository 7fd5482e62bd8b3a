import type { PeopleSource } from "@pipedrive-source/airbyte/host"
import type { SourceStream } from "@pipedrive-source/core"
import { cursorFieldOf } from "@pipedrive-source/core"
import type { Source } from "@pipedrive-source/core/reader"
import { Failure } from "./failure.ts"

/** Streams of one plugin. */
export interface Group {
  readonly name: string
  readonly streams: ReadonlyArray<SourceStream>
}

/** Streams that can be read, by plugin. */
export const groupsOf = async (people: PeopleSource, source: Source): Promise<ReadonlyArray<Group>> => {
  const readable = new Set(source.streams.map(({ name }) => name))
  return (await people.plugins()).map(({ name, streams }) => ({
    name,
    streams: streams.filter((stream) => readable.has(stream.name))
  }))
}

/** What a stream costs in tokens, in words. */
export const priceOf = ({ parents, tokens }: SourceStream): string => {
  if (parents === undefined) return `${tokens} a page`
  const { ask, streams } = parents
  const [parent] = streams
  return ask.in === "query" && ask.size > 1 ? `${tokens} for ${ask.size} ${parent}` : `${tokens} a row of ${parent}`
}

/**
 * Streams that most want: all lists that cost little however often they are read, with children that are asked for many
 * parents at a time; without what belongs to an add-on or an administrator.
 */
export const isDefault = (stream: SourceStream): boolean =>
  (stream.parents === undefined || (stream.parents.ask.in === "query" && stream.parents.ask.size > 1)) &&
  stream.addOn === undefined &&
  stream.scope !== "admin" &&
  cursorFieldOf(stream) !== undefined

/** Names of the streams that a word or a list asks for. */
export const chosenBy = (source: Source, asked: string): ReadonlySet<string> => {
  if (asked === "all") return new Set(source.streams.map(({ name }) => name))
  if (asked === "default") return new Set(source.streams.filter(isDefault).map(({ name }) => name))
  const names = asked.split(",").map((name) => name.trim())
  for (const name of names)
    if (!source.streams.some((stream) => stream.name === name))
      throw new Failure(
        source.missing.get(name) ?? `There is no stream ${JSON.stringify(name)}. Run streams to see all.`,
        2
      )
  return new Set(names)
}
