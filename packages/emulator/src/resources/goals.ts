import { wholeText } from "../column.ts"
import type { TextListing } from "../endpoint.ts"
import { notFound } from "../errors.ts"
import { quote } from "../json.ts"
import { anyText, boolean, date, integer, integers, oneOf, type Query } from "../query.ts"
import { hex } from "../random.ts"
import { choice, field, id, int, made, varied } from "../row.ts"
import { DataTable } from "../table.ts"
import { anyOf, everyRow, type Family } from "./family.ts"

const TYPES = ["deals_won", "deals_progressed", "activities_completed", "activities_added", "deals_started"]
const SCOPES = ["goals:read", "goals:full"]
const EXTRA = '"statusCode":20000,"statusText":"OK","service":"statistics-goals-api",'
/** Parameters that show goals of everyone instead of the token user's own. */
const EVERYONE = [
  "type.name",
  "assignee.type",
  "expected_outcome.target",
  "expected_outcome.tracking_metric",
  "expected_outcome.currency_id",
  "type.params.pipeline_id",
  "type.params.stage_id",
  "type.params.activity_type_id"
]

/** Goals of several owners, active and not; which are shown depends on the parameters. */
export const goals: Family = (account) => {
  const users = account.table("users")
  const prefix = hex(12, account.seed, 171)
  const table = account.add(
    new DataTable({
      name: "goals",
      size: account.size("goals", 20),
      touch: "title",
      naming: {
        of: (row) => `${(0x10000000 + row).toString(16)}${prefix}00${"e0".repeat(5)}`,
        find: (text) => Number.parseInt(String(text).slice(0, 8), 16) - 0x10000000
      }
    })
  )
  const owner = table.int("owner_id", anyOf(account, users, 172))
  const type = table.choice("type_name", TYPES.map(quote), (row) => row % TYPES.length)
  const active = table.choice("is_active", ["true", "false"], (row) => (row % 3 === 2 ? 1 : 0))
  const assignee = table.choice("assignee_type", ['"person"', '"company"', '"team"'], (row) => row % 3)
  const pipelineOf = (row: number): number => 1 + (row % Math.max(1, account.table("pipelines").count))
  const isCounted = (row: number): boolean => row % 2 === 0
  table.fields.push(
    field("id", id),
    field("owner_id", int(owner)),
    varied("title", (variant) => quote(variant % 5 === 3 ? 'Ziel "Q3" 🎯 ≥ 10' : `Goal ${variant + 1}`)),
    field(
      "type",
      made((row) => {
        const name = type.texts[type.get(row)] ?? "null"
        const params = name.includes("activities")
          ? `{"activity_type_id":[${1 + (row % 3)}]}`
          : `{"pipeline_id":[${pipelineOf(row)}]}`
        return `{"name":${name},"params":${params}}`
      })
    ),
    field(
      "assignee",
      made((row) => {
        const kind = assignee.get(row)
        const target = kind === 0 ? owner.get(row) : kind === 1 ? account.companyId : 1
        return `{"type":${assignee.texts[kind] ?? "null"},"id":${wholeText(target)}}`
      })
    ),
    varied("interval", (variant) => quote(["weekly", "monthly", "quarterly", "yearly"][variant % 4] as string)),
    varied(
      "duration",
      (variant) =>
        `{"start":"2026-0${1 + (variant % 6)}-01","end":${variant % 4 === 1 ? "null" : `"2026-1${variant % 3}-31"`}}`
    ),
    field(
      "expected_outcome",
      made((row) => {
        const metric =
          account.switches.goalsWithoutMetric && row === 1
            ? ""
            : `,"tracking_metric":"${isCounted(row) ? "quantity" : "sum"}"`
        return `{"target":${10 + row}${metric}${isCounted(row) ? "" : ',"currency_id":1'}}`
      })
    ),
    field("is_active", choice(active)),
    varied("report_ids", (variant) => `["${hex(32, account.seed + variant, 173)}"]`)
  )

  const list = (query: Query) => {
    const wantActive = query.flag("is_active") ?? true
    const isEveryone = EVERYONE.some((name) => query.text(name) !== undefined)
    const me = Number(users.id(0))
    const typeName = query.text("type.name")
    const kind = query.text("assignee.type")
    const who = query.number("assignee.id")
    const title = query.text("title")
    const pipelines = query.list("type.params.pipeline_id")?.map(Number)
    const metric = query.text("expected_outcome.tracking_metric")
    const target = query.number("expected_outcome.target")
    return everyRow(table, {
      where: (row) =>
        (active.get(row) === 0) === wantActive &&
        (isEveryone || owner.get(row) === me) &&
        (typeName === undefined || type.texts[type.get(row)] === quote(typeName)) &&
        (kind === undefined || assignee.texts[assignee.get(row)] === quote(kind)) &&
        (who === undefined || (table.read(row, "assignee") as { id: number }).id === who) &&
        (title === undefined || String(table.read(row, "title")).includes(title)) &&
        (pipelines === undefined ||
          (type.texts[type.get(row)]?.includes("deals") === true && pipelines.includes(pipelineOf(row)))) &&
        (metric === undefined || (metric === "quantity") === isCounted(row)) &&
        (target === undefined || target === 10 + row),
      insertWith: {
        is_active: wantActive,
        ...(isEveryone ? {} : { owner_id: me }),
        ...(typeName === undefined ? {} : { type_name: typeName })
      }
    })
  }
  return [
    {
      path: "v1/goals/find",
      cost: 20,
      scopes: SCOPES,
      paging: "whole",
      around: ['{"goals":[', "]}"],
      extra: EXTRA,
      params: {
        "type.name": oneOf(...TYPES),
        title: anyText,
        is_active: boolean,
        "assignee.id": integer,
        "assignee.type": oneOf("person", "company", "team"),
        "expected_outcome.target": integer,
        "expected_outcome.tracking_metric": oneOf("quantity", "sum"),
        "expected_outcome.currency_id": integer,
        "type.params.pipeline_id": integers(100),
        "type.params.stage_id": integer,
        "type.params.activity_type_id": integers(100),
        "period.start": date,
        "period.end": date
      },
      list
    },
    {
      path: "v1/goals/{id}/results",
      cost: 20,
      scopes: SCOPES,
      paging: "object",
      extra: EXTRA,
      params: { "period.start": date, "period.end": date },
      required: ["period.start", "period.end"],
      list: (query): TextListing => {
        const row = table.find(query.need("id"))
        if (row < 0) throw notFound("goal")
        return { kind: "texts", texts: [`{"progress":${row * 2 + 1},"goal":${table.text(row)}}`], table, among: [row] }
      }
    }
  ]
}
