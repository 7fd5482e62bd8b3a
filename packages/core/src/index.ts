export { type Changes, dayMs, hourMs, newestFirst, ofChangedParents, since, snapshot } from "./changes.ts"
export type { Column, Columns, ColumnType } from "./columns.ts"
export * as columns from "./columns.ts"
export { type ConfigField, configFields, type TextField, type Toggle, toggles } from "./config-fields.ts"
export { cursorPages, offsetPages, type Paging, seekPages, singlePage } from "./pagination.ts"
export { type Parents, perParent, perParents } from "./parents.ts"
export { CORE_MAJOR, definePlugin, type Plugin } from "./plugin.ts"
export {
  CHANGED_AT,
  columnsOf,
  cursorFieldOf,
  type Declaration,
  defineStream,
  isResumable,
  type Part,
  type Path,
  PERIOD,
  type Query,
  ROW_KEY,
  type Scope,
  type SourceStream,
  withOptions
} from "./stream.ts"
