export type { ConfigField, TextField } from "./config/field-types.ts"
export { configFields, type Toggle, toggles } from "./config/fields.ts"
export type { CustomFields, Entity } from "./custom-fields/entity.ts"
export { type Changes, dayMs, hourMs, newestFirst, ofChangedParents, since, snapshot } from "./declare/changes.ts"
export type { Column, Columns, ColumnType } from "./declare/columns.ts"
export * as columns from "./declare/columns.ts"
export { cursorPages, offsetPages, type Paging, seekPages, singlePage } from "./declare/pagination.ts"
export { type Parents, perParent, perParents } from "./declare/parents.ts"
export { CORE_MAJOR, definePlugin, type Plugin } from "./declare/plugin.ts"
export {
  CHANGED_AT,
  columnsOf,
  cursorFieldOf,
  type Declaration,
  defineStream,
  type Elements,
  isResumable,
  type Part,
  type Path,
  PERIOD,
  type Query,
  ROW_KEY,
  type Scope,
  type SourceStream,
  withOptions
} from "./declare/stream.ts"
export { byIds, byPath, type Lookup } from "./deletions/lookup.ts"
export { DELETED_AT, isTrackable, withDeletedAt } from "./deletions/option.ts"
