/**
 * Requests for one list, with the columns that its own stream and its children need. They are counted for its own
 * stream, or for its first child where that is not selected.
 */
import { Effect } from "effect"
import type { SourceStream } from "../declare/stream.ts"
import { deletionColumns } from "../deletions/option.ts"
import { isObject } from "../json.ts"
import { wantedColumns } from "../page/page.ts"
import { columnsForChildren } from "./children/parent.ts"
import type { Run } from "./context.ts"
import type { GroupList } from "./groups.ts"
import { type IncludeLevel, Requests } from "./pages/requests.ts"
import type { StreamEmitter } from "./stream-emitter.ts"

const warnInclude = (emitter: StreamEmitter | undefined, list: SourceStream) => (level: IncludeLevel, text: string) =>
  emitter === undefined
    ? Effect.void
    : emitter.log(
        "WARN",
        `${list.name}: Pipedrive would not give all optional fields (${text}); ` +
          (level === "always" ? "those bound to a plan are left out" : "they are left out") +
          " and asked for again in a day."
      )

/**
 * Whether `null` in the place of a list is no answer: it would say that all rows of a snapshot are gone, for which v2
 * has an empty list. In v1 it is the empty list.
 */
const isNullNoAnswer = ({ list, own }: GroupList): boolean =>
  own?.isTracked === true && isObject(own.decoded.extension?.["hashes"]) && list.path.startsWith("v2/")

/** Requests for a list, on behalf of its own stream or else of its first child. */
export const requestsFor = (
  run: Run,
  groupList: GroupList,
  include?: IncludeLevel,
  told?: (level: IncludeLevel) => void
): Requests => {
  const { list, own, children } = groupList
  const emitter = own?.emitter ?? children[0]?.emitter
  const warn = warnInclude(emitter, list)
  return new Requests({
    transport: run.transport,
    stream: list,
    wanted: wantedColumns(list, [
      ...columnsForChildren(children.map(({ ancestry }) => ancestry[0] as SourceStream)),
      ...(own?.isTracked === true ? deletionColumns(list) : [])
    ]),
    sent: (tokens) => emitter?.sent(tokens),
    ...(include !== undefined && { include }),
    ...(isNullNoAnswer(groupList) && { isStrict: true }),
    refused: (level, text) => {
      told?.(level)
      return warn(level, text)
    }
  })
}
