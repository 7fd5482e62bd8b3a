import type { SourceStream } from "../declare/stream.ts"
import type { JsonObject } from "../events.ts"
import { isObject } from "../json.ts"
import type { Flaw } from "../shape.ts"
import { idsIn } from "./id-set.ts"

/** What is wrong with the sets of ids in a state; undefined where nothing is. */
export const idsFlaw = (stream: SourceStream, own: JsonObject): Flaw | undefined => {
  const kept = isObject(own["deletions"]) ? own["deletions"] : {}
  const strange = ["known", "doubt"].find((name) => {
    const packed = kept[name]
    return typeof packed === "string" && idsIn(stream, packed) === undefined
  })
  return strange === undefined ? undefined : { field: `_ab.deletions.${strange}`, words: "is not a set of ids" }
}

/** A state without what it keeps of ids: the stream is read as if they had never been told. */
export const withoutIds = (state: JsonObject): JsonObject => {
  const own = state["_ab"]
  if (!isObject(own) || own["deletions"] === undefined) return state
  const { deletions: _, ...rest } = own
  return { ...state, _ab: rest }
}
