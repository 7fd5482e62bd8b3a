/** What the rows of a company are to be, found without the reader: for tests that look at where rows end up. */
export { edit, insert, remove } from "./changes.ts"
export { columnValue, definitionsFor, labelsOf } from "./custom-fields.ts"
export { membersOf } from "./json-text.ts"
export { stamp } from "./moments.ts"
export { type Random, random } from "./random.ts"
export { type TrueRow, truthOf } from "./truth.ts"
