import { quote } from "../json.ts"
import { integer } from "../query.ts"
import { choice, field, id, int, time, varied } from "../row.ts"
import { DataTable } from "../table.ts"
import { CURSOR_PARAMS, everyRow, type Family, isTrue, oneRow, sortOf, sortParams } from "./family.ts"

const SCOPES = ["deals:read", "deals:full", "admin"]
const STAGES = ["Lead in", "Contact made", "Offer sent", "Haggling"]

/** Pipelines and their stages; removed ones stay listed where the switch says so. */
export const pipelines: Family = (account) => {
  const pipeline = account.add(
    new DataTable({ name: "pipelines", size: account.size("pipelines", 3), updated: "update_time", touch: "name" })
  )
  const pipelineUpdated = pipeline.time("update_time", (row) => account.pastMs("pipelines", row, 31))
  const pipelineAdded = pipeline.time("add_time", (row) => pipelineUpdated.get(row) - 90 * 86_400_000)
  const pipelineOrder = pipeline.int("order_nr", (row) => row)
  const pipelineDeleted = pipeline.choice("is_deleted", ["false", "true"], () => 0)
  pipeline.fields.push(
    field("id", id),
    varied("name", (variant) => quote(variant === 1 ? "Vertrieb «Süd» 🧭" : `Pipeline ${variant + 1}`)),
    field("order_nr", int(pipelineOrder)),
    field("is_deleted", choice(pipelineDeleted)),
    varied("is_deal_probability_enabled", (variant) => String(variant % 2 === 0)),
    field("add_time", time(pipelineAdded, "v2")),
    field("update_time", time(pipelineUpdated, "v2"))
  )

  const stage = account.add(
    new DataTable({ name: "stages", size: account.size("stages", 12), updated: "update_time", touch: "name" })
  )
  const stageUpdated = stage.time("update_time", (row) => account.pastMs("stages", row, 32))
  const stageAdded = stage.time("add_time", (row) => stageUpdated.get(row) - 80 * 86_400_000)
  const stageOrder = stage.int("order_nr", (row) => 1 + Math.floor(row / Math.max(1, pipeline.count)))
  const stagePipeline = stage.int("pipeline_id", (row) => 1 + (row % Math.max(1, pipeline.count)))
  const stageDeleted = stage.choice("is_deleted", ["false", "true"], () => 0)
  stage.fields.push(
    field("id", id),
    field("order_nr", int(stageOrder)),
    varied("name", (variant) => quote(STAGES[Math.floor(variant / 3) % STAGES.length] as string)),
    field("is_deleted", choice(stageDeleted)),
    varied("deal_probability", (variant) => String(100 - (variant % 10) * 10)),
    field("pipeline_id", int(stagePipeline)),
    varied("is_deal_rot_enabled", (variant) => String(variant % 3 === 0)),
    varied("days_to_rotten", (variant) => (variant % 3 === 0 ? String(7 + variant) : "null")),
    field("add_time", time(stageAdded, "v2")),
    field("update_time", time(stageUpdated, "v2"))
  )
  pipeline.erase = (row) => pipelineDeleted.set(row, 1)
  pipeline.revive = (row) => pipelineDeleted.set(row, 0)
  stage.erase = (row) => stageDeleted.set(row, 1)
  stage.revive = (row) => stageDeleted.set(row, 0)
  const shown = (column: typeof stageDeleted) => (row: number) =>
    account.switches.deletedPipelinesListed || !isTrue(column, row)

  return [
    {
      path: "v2/pipelines",
      cost: 5,
      scopes: SCOPES,
      paging: "cursor",
      params: { ...CURSOR_PARAMS, ...sortParams("id", "update_time", "add_time") },
      list: (query) => everyRow(pipeline, { sort: sortOf(query), where: shown(pipelineDeleted) })
    },
    {
      path: "v2/pipelines/{id}",
      cost: 1,
      scopes: SCOPES,
      paging: "object",
      list: (query) => oneRow(pipeline, query.need("id"), "pipeline")
    },
    {
      path: "v2/stages",
      cost: 5,
      scopes: SCOPES,
      paging: "cursor",
      params: {
        ...CURSOR_PARAMS,
        pipeline_id: integer,
        ...sortParams("id", "update_time", "add_time", "order_nr")
      },
      list: (query) => {
        const wanted = query.number("pipeline_id")
        const isShown = shown(stageDeleted)
        return everyRow(stage, {
          sort: sortOf(query, { order_nr: (row) => stageOrder.get(row) }),
          where: (row) => isShown(row) && (wanted === undefined || stagePipeline.get(row) === wanted),
          ...(wanted === undefined ? {} : { insertWith: { pipeline_id: wanted } })
        })
      }
    },
    {
      path: "v2/stages/{id}",
      cost: 1,
      scopes: SCOPES,
      paging: "object",
      list: (query) => oneRow(stage, query.need("id"), "stage")
    }
  ]
}
