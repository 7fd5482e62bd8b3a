import type { Account } from "../account.ts"
import { timeText } from "../clock.ts"
import type { Endpoint } from "../endpoint.ts"
import type { Table } from "../interface.ts"
import { quote } from "../json.ts"
import { anyText, oneOf, type Query } from "../query.ts"
import { choice, type Field, field, id, int, made, PLAIN, time, varied } from "../row.ts"
import { DataTable } from "../table.ts"
import { anyOf, CURSOR_PARAMS, childrenOf, type Family, OFFSET_PARAMS, parentRow, spread } from "./family.ts"
import { wrapped } from "./mail.ts"

const AGENT = "Browser/5.0 (X11; Linux) Engine/1.0"
const CHANGELOG = { ...PLAIN, form: "changelog" }
const FLOW = { ...PLAIN, form: "flow" }

interface Kind {
  readonly parent: "deals" | "persons" | "organizations"
  readonly changes: Table
  readonly size: number
  readonly column: "deal_id" | "person_id" | "org_id"
  readonly what: "deal" | "person" | "organization"
  readonly custom: "deal" | "person" | "organization"
  /** Name of a change in a flow. */
  readonly object: string
  readonly keys: ReadonlyArray<string>
}

const KINDS: ReadonlyArray<Kind> = [
  {
    parent: "deals",
    changes: "dealChanges",
    size: 200,
    column: "deal_id",
    what: "deal",
    custom: "deal",
    object: "dealChange",
    keys: ["value", "stage_id", "title", "status"]
  },
  {
    parent: "persons",
    changes: "personChanges",
    size: 120,
    column: "person_id",
    what: "person",
    custom: "person",
    object: "personChange",
    keys: ["name", "phone", "org_id"]
  },
  {
    parent: "organizations",
    changes: "organizationChanges",
    size: 80,
    column: "org_id",
    what: "organization",
    custom: "organization",
    object: "organizationChange",
    keys: ["name", "address", "owner_id"]
  }
]

/** A v1 activity as it stands in a flow. */
function activityText(account: Account, row: number): string {
  const table = account.table("activities")
  const value = (key: string): string => table.value(row, key)
  const at = (key: string): string => quote(timeText(table.get(key, row), "v1"))
  return (
    `{"id":${table.id(row)},"company_id":${account.companyId},"user_id":${value("owner_id")},"done":${value("done")},"type":${value("type")},` +
    `"due_date":${value("due_date")},"due_time":"10:30","duration":"","busy_flag":${value("busy")},"add_time":${at("add_time")},` +
    `"marked_as_done_time":"","subject":${value("subject")},"org_id":${value("org_id")},"person_id":${value("person_id")},"deal_id":${value("deal_id")},` +
    `"active_flag":true,"update_time":${at("update_time")},"note":${value("note")},"assigned_to_user_id":${value("owner_id")}}`
  )
}

interface Entry {
  readonly timeMs: number
  readonly text: string
}

/** Everything that happened to a record, newest first. */
function entries(
  account: Account,
  kind: Kind,
  parent: number,
  items: ReadonlySet<string> | undefined,
  withCustom: boolean
): Entry[] {
  const wants = (name: string): boolean => items === undefined || items.has(name)
  const list: Entry[] = []
  const add = (object: string, timeMs: number, style: "v1" | "ms", text: string): void => {
    const [before, after] = wrapped(object, timeText(timeMs, style))
    list.push({ timeMs, text: before + text + after })
  }
  const changes = account.table(kind.changes)
  if (wants(kind.object) || wants("change")) {
    for (const row of account.links(kind.changes, kind.column).of(parent)) {
      if (withCustom || changes.get("is_custom", row) === 0)
        add(kind.object, changes.get("log_time", row), "v1", changes.text(row, FLOW))
    }
  }
  const activities = account.table("activities")
  if (wants("activity") || wants("call")) {
    for (const row of account.links("activities", kind.column).of(parent)) {
      if (activities.get("done", row) === 1)
        add("activity", activities.get("update_time", row), "v1", activityText(account, row))
    }
  }
  for (const [name, object] of [
    ["notes", "note"],
    ["files", "file"]
  ] as const) {
    if (!wants(object)) continue
    const table = account.table(name)
    for (const row of account.links(name, kind.column).of(parent))
      add(object, table.get("add_time", row), "v1", table.text(row))
  }
  if (wants("mailMessage") || wants("mailMessageWithAttachment")) {
    const table = account.table("mailMessages")
    for (const row of account.links("mailMessages", kind.column).of(parent)) {
      add("mailMessage", table.get("message_time", row), "ms", table.text(row, { ...PLAIN, form: "linked" }))
    }
  }
  return list.sort((a, b) => b.timeMs - a.timeMs)
}

function historyOf(account: Account, kind: Kind): Endpoint[] {
  const { parent, changes: name, column, what } = kind
  const parents = account.table(parent)
  const custom = account.custom(kind.custom)
  const table = account.add(
    new DataTable({ name, size: account.size(name, kind.size), touch: "change_source_user_agent" })
  )
  const of = table.int(column, spread(parents, 3))
  const when = table.time("log_time", (row) => account.pastMs(name, row, 231 + name.length))
  const user = table.int("user_id", anyOf(account, account.table("users"), 232))
  const isCustom = table.int("is_custom", (row) => (row % 6 === 5 ? 1 : 0), 0)
  const fieldKey = made((row) =>
    quote((isCustom.get(row) === 1 ? custom[row % custom.length]?.key : kind.keys[row % kind.keys.length]) ?? "title")
  )
  const source = choice(table.choice("change_source", ['"app"', '"api"', "null"], (row) => row % 3))
  const only = (form: string, ...fields: Field[]): Field[] =>
    fields.map((each) => ({ ...each, when: (selection) => selection.form === form }))
  const agent = varied("change_source_user_agent", (variant) => (variant % 3 === 2 ? "null" : quote(AGENT)))
  const number = (variant: number): boolean => variant % 4 === 0
  table.fields.push(
    ...only(
      "changelog",
      field("field_key", fieldKey),
      varied("old_value", (variant) =>
        variant % 5 === 0 ? "null" : quote(number(variant) ? String(variant) : `Old “${variant}”`)
      ),
      varied("new_value", (variant) => quote(number(variant) ? String(variant * 2) : `New ${variant}\u0085x`)),
      field("actor_user_id", int(user)),
      field("time", time(when, "v1")),
      field("change_source", source),
      agent,
      varied("is_bulk_update_flag", (variant) => String(variant % 9 === 0))
    ),
    ...only(
      "flow",
      field("id", id),
      field("item_id", int(of)),
      field("user_id", int(user)),
      field("field_key", fieldKey),
      varied("old_value", (variant) =>
        variant % 5 === 0 ? "null" : number(variant) ? String(variant) : quote(`Old “${variant}”`)
      ),
      varied("new_value", (variant) => (number(variant) ? `${variant * 2}.10` : quote(`New ${variant}\u0085x`))),
      varied("is_bulk_update_flag", () => "null"),
      field("log_time", time(when, "v1")),
      field("change_source", source),
      agent,
      varied("additional_data", (variant) =>
        variant % 3 ? "[]" : `{"old_value_formatted":"€${variant}","new_value_formatted":"€${variant * 2}"}`
      )
    )
  )
  // A change is a change of its parent: an edited parent has one more, an added one stamps its parent.
  let isEcho = false
  parents.watchers.push((row, event) => {
    if (event !== "edit") return
    isEcho = true
    table.append(account.clock.now(), { [column]: Number(parents.id(row)) })
    isEcho = false
  })
  table.watchers.push((row, event) => {
    if (event !== "insert" || isEcho) return
    const at = parents.find(of.get(row))
    if (at >= 0) parents.stamp(at, account.clock.now())
  })

  const children = childrenOf(account, parent, name, column, what)
  return [
    {
      path: `v1/${parent}/{id}/changelog`,
      cost: 20,
      scopes: ["recents:read"],
      paging: "cursor",
      params: CURSOR_PARAMS,
      list: (query) => ({ ...children(query), selection: CHANGELOG, sort: [{ name: "log_time", direction: "desc" }] })
    },
    {
      path: `v1/${parent}/{id}/flow`,
      cost: 40,
      scopes: ["recents:read"],
      paging: "offset",
      params: { ...OFFSET_PARAMS, all_changes: oneOf("0", "1"), items: anyText },
      list: (query: Query) => {
        parentRow(account, parent, query, what)
        const record = Number(query.need("id"))
        const items = query.list("items")
        const all = entries(
          account,
          kind,
          record,
          items === undefined ? undefined : new Set(items),
          query.flag("all_changes") ?? false
        )
        const show = (row: number): string => {
          const [before, after] = wrapped(kind.object, timeText(when.get(row), "v1"))
          return before + table.text(row, FLOW) + after
        }
        return {
          kind: "texts",
          texts: all.map(({ text }) => text),
          table,
          among: [...account.links(name, column).of(record)],
          insertWith: { [column]: record },
          show
        }
      }
    }
  ]
}

/** Changelogs and flows; both tell of the same changes. */
export const history: Family = (account) => KINDS.flatMap((kind) => historyOf(account, kind))
