// The streams of a package as an entity diagram: their keys, and which refers to which.
import { columnsOf } from "@pipedrive-source/core"
import { referencesOf } from "./references.mjs"

/** Streams with the columns of another one of the package, which the diagram shows with that one. */
const twinsOf = (streams) =>
  new Map(
    streams.flatMap((stream, index) => {
      const first = streams.find(({ columns }) => columns === stream.columns)
      return first === streams[index] ? [] : [[stream.name, first.name]]
    })
  )

const titleOf = (stream, twins) => [
  stream.name,
  ...[...twins].filter(([, of]) => of === stream.name).map(([twin]) => twin)
]

/** How many rows of a stream may refer to one row of another, and the other way round, in Mermaid's signs. */
const countsOf = ({ primaryKey }, name, { type }) => {
  if (type === "list") return "}o--o{"
  return primaryKey.length === 1 && primaryKey[0] === name ? "||--o|" : "||--o{"
}

/** The diagram in Mermaid's words; undefined for a package none of whose streams refers to another of them. */
export const diagramOf = (streams) => {
  const twins = twinsOf(streams)
  const shown = streams.filter(({ name }) => !twins.has(name))
  const own = new Set(shown.map(({ name }) => name))
  const references = shown.flatMap((stream) =>
    Object.entries(stream.columns).flatMap(([name, column]) => {
      const to = referencesOf(stream, name, column).find((target) => own.has(target))
      return to === undefined ? [] : [{ from: stream, to, name, column }]
    })
  )
  if (references.length === 0) return undefined
  const lines = new Map()
  for (const { column, from, name, to } of references) {
    const ends = `${to} ${countsOf(from, name, column)} ${from.name}`
    lines.set(ends, [...(lines.get(ends) ?? []), name])
  }
  const related = new Set(references.flatMap(({ from, to }) => [from.name, to]))
  const entities = shown
    .filter(({ name }) => related.has(name))
    .map((stream) => {
      const keys = Object.entries(columnsOf(stream)).flatMap(([name, { type }]) => {
        const marks = [
          ...(stream.primaryKey.includes(name) ? ["PK"] : []),
          ...(references.some((each) => each.from === stream && each.name === name) ? ["FK"] : [])
        ]
        return marks.length === 0 ? [] : [`    ${[type].flat().join("_or_")} ${name} ${marks.join(", ")}`]
      })
      const title = titleOf(stream, twins).join(", ")
      return [`  ${stream.name}${title === stream.name ? "" : `["${title}"]`} {`, ...keys, "  }"].join("\n")
    })
  const ends = [...lines].map(([each, names]) => `  ${each} : "${names.join(", ")}"`)
  return ["```mermaid", "erDiagram", ...entities, ...ends, "```"].join("\n")
}
