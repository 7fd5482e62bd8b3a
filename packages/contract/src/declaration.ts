import { type Column, type Columns, columnsOf, cursorFieldOf, type SourceStream } from "@pipedrive-source/core"
import type { Source } from "@pipedrive-source/core/reader"
import { ENDPOINTS } from "./endpoints.ts"
import { COLUMN_TYPES } from "./types.ts"

/** The one stream whose name is older than the rule. */
const HISTORICAL = new Set(["mailThreads"])

const wrongColumn = (path: string, { type, columns, items }: Column): ReadonlyArray<string> => {
  const types = typeof type === "string" ? [type] : type
  return [
    ...(types.length === 0 ? [`${path} has no type`] : []),
    ...types.filter((each) => !COLUMN_TYPES.includes(each)).map((each) => `${path} has an unknown type ${each}`),
    ...(columns !== undefined && !types.includes("object") ? [`${path} has columns and is no object`] : []),
    ...(items !== undefined && !types.includes("list") ? [`${path} has items and is no list`] : []),
    ...(columns === undefined ? [] : wrongColumns(path, columns)),
    ...(items === undefined ? [] : wrongColumn(`${path}[]`, items))
  ]
}

const wrongColumns = (path: string, columns: Columns): ReadonlyArray<string> =>
  Object.entries(columns).flatMap(([name, column]) => wrongColumn(`${path}.${name}`, column))

/** Whether the emulator's endpoints cost what the stream says and can be read with its scope. */
const wrongEndpoints = (stream: SourceStream): ReadonlyArray<string> =>
  [...new Map((stream.parts ?? [{}]).map((part) => [part.path ?? stream.path, part.scope ?? stream.scope]))].flatMap(
    ([path, scope]) => {
      const endpoint = ENDPOINTS.get(path)
      if (endpoint === undefined) return [`the emulator has no endpoint ${path}`]
      return [
        ...(endpoint.cost === stream.tokens ? [] : [`${path} costs ${endpoint.cost} tokens, not ${stream.tokens}`]),
        ...(endpoint.scopes.includes(scope)
          ? []
          : [`${path} wants a scope of ${endpoint.scopes.join(", ")}, not ${scope}`])
      ]
    }
  )

/** What is wrong with a declaration. */
export const wrongDeclaration = (source: Source, stream: SourceStream): ReadonlyArray<string> => {
  const columns = columnsOf(stream)
  const cursorField = cursorFieldOf(stream)
  const { parents } = stream
  const problems = [
    ...(/^[a-z]+(_[a-z]+)*$/.test(stream.name) || HISTORICAL.has(stream.name) ? [] : ["its name is not in snake_case"]),
    ...(stream.docs.startsWith("https://developers.pipedrive.com/docs/api/v1/") ? [] : ["its docs are no vendor page"]),
    ...(Object.isFrozen(stream) ? [] : ["it is not frozen: use defineStream"]),
    ...(stream.primaryKey.length === 0 ? ["it has no primary key"] : []),
    ...stream.primaryKey.filter((name) => !(name in columns)).map((name) => `its key ${name} is no column`),
    ...(cursorField === undefined || cursorField in columns ? [] : [`its cursor field ${cursorField} is no column`]),
    ...(stream.secrets ?? []).filter((name) => name in columns).map((name) => `the secret ${name} is a column`),
    ...(stream.changes?.kind === "ofChangedParents" && parents === undefined ? ["it has no parents to change"] : []),
    ...(stream.path.includes("{id}") === (parents?.ask.in === "path") ? [] : ["its path and its parents do not fit"]),
    ...(parents?.streams ?? [])
      .filter((name) => !source.streams.some((each) => each.name === name))
      .map((name) => `its parent ${name} is in no plugin that was given`),
    ...(parents === undefined || parents.as in columns ? [] : [`its parent's key ${parents.as} is no column`]),
    ...wrongColumns("column ", stream.columns),
    ...wrongEndpoints(stream)
  ]
  return problems.map((problem) => `${stream.name}: ${problem}`)
}
