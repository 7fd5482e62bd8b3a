import { Effect } from "effect"
import type { SourceStream } from "../../stream.ts"
import type { Member } from "../family.ts"
import type { Outlet } from "../outlet.ts"
import { wantedColumns } from "../page.ts"
import { columnsForChildren } from "../parent.ts"
import { type IncludeLevel, Requests } from "../requests.ts"
import type { Run } from "../run.ts"

const warnInclude = (outlet: Outlet | undefined, root: SourceStream) => (level: IncludeLevel, text: string) =>
  outlet === undefined
    ? Effect.void
    : outlet.log(
        "WARN",
        `${root.name}: Pipedrive would not give all optional fields (${text}); ` +
          (level === "always" ? "those bound to a plan are left out" : "they are left out") +
          " and asked for again in a day."
      )

/** Requests for a list, on behalf of its own stream or else of its first child. */
export const requestsFor = (
  run: Run,
  member: Member,
  include?: IncludeLevel,
  told?: (level: IncludeLevel) => void
): Requests => {
  const { root, self, children } = member
  const outlet = self?.outlet ?? children[0]?.outlet
  const warn = warnInclude(outlet, root)
  return new Requests({
    transport: run.transport,
    stream: root,
    wanted: wantedColumns(root, columnsForChildren(children.map(({ line }) => line[0] as SourceStream))),
    sent: (tokens) => outlet?.sent(tokens),
    ...(include !== undefined && { include }),
    refused: (level, text) => {
      told?.(level)
      return warn(level, text)
    }
  })
}
