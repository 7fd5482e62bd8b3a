import { quote } from "../json.ts"
import { integer } from "../query.ts"
import { field, id, int, made, time, varied } from "../row.ts"
import { sentence } from "../seed/texts.ts"
import { DataTable } from "../table.ts"
import { anyOf, CURSOR_PARAMS, everyRow, type Family } from "./family.ts"
import { PROJECTS, single } from "./project-endpoints.ts"

/** Boards of projects, their phases, and project templates. */
export const boards: Family = (account) => {
  const users = account.table("users")
  const timed = (name: "boards" | "phases" | "projectTemplates", size: number, salt: number) => {
    const table = account.add(
      new DataTable({
        name,
        size: account.size(name, size),
        updated: "update_time",
        touch: name === "projectTemplates" ? "title" : "name",
        millis: true
      })
    )
    const updated = table.time("update_time", (row) => account.pastMs(name, row, salt))
    const added = table.time("add_time", (row) => updated.get(row) - 40 * 86_400_000)
    return { table, times: [field("add_time", time(added, "ms")), field("update_time", time(updated, "ms"))] }
  }
  const board = timed("boards", 3, 181)
  board.table.fields.push(
    field("id", id),
    varied("name", (variant) => quote(variant === 1 ? "Umbau „Ost“" : `Board ${variant + 1}`)),
    field("order_nr", id),
    ...board.times
  )
  const phases = timed("phases", 9, 182)
  const phaseBoard = phases.table.int("board_id", (row) => 1 + (row % Math.max(1, board.table.count)))
  phases.table.fields.push(
    field("id", id),
    varied("name", (variant) => quote(`Phase ${variant + 1}`)),
    field("board_id", int(phaseBoard)),
    field(
      "order_nr",
      made((row) => String(1 + Math.floor(row / 3)))
    ),
    ...phases.times
  )
  const templates = timed("projectTemplates", 4, 183)
  const templateOwner = templates.table.int("owner_id", anyOf(account, users, 184))
  templates.table.fields.push(
    field("id", id),
    varied("title", (variant) => quote(`Template ${variant + 1} – Büroumzug`)),
    varied("description", (variant) => quote(sentence(variant))),
    field(
      "projects_board_id",
      made((row) => String(1 + (row % 3)))
    ),
    field("owner_id", int(templateOwner)),
    ...templates.times
  )

  return [
    { ...PROJECTS, paging: "whole", path: "v2/boards", list: () => everyRow(board.table) },
    single("v2/boards/{id}", board.table, "board", 10),
    {
      ...PROJECTS,
      paging: "whole",
      path: "v2/phases",
      params: { board_id: integer },
      required: ["board_id"],
      list: (query) => {
        const wanted = query.number("board_id")
        return everyRow(phases.table, {
          where: (row) => wanted === undefined || phaseBoard.get(row) === wanted,
          ...(wanted === undefined ? {} : { insertWith: { board_id: wanted } })
        })
      }
    },
    single("v2/phases/{id}", phases.table, "phase", 10),
    {
      ...PROJECTS,
      paging: "cursor",
      path: "v2/projectTemplates",
      params: CURSOR_PARAMS,
      list: () => everyRow(templates.table)
    },
    single("v2/projectTemplates/{id}", templates.table, "project template", 1)
  ]
}
