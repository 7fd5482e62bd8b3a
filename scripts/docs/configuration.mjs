// docs/configuration.md: every option of the config, from core's configFields.
import { configFields } from "@pipedrive-source/core"
import { anchorOf, code, json, MARK, table } from "./markdown.mjs"
import { API_TOKEN, options } from "./options.mjs"

const types = {
  text: "text",
  integer: "whole number",
  boolean: "true or false",
  word: "one of a few words",
  object: "object",
  choice: "object"
}

/** Values that an option takes, as far as its type does not say it. */
const rangeOf = (field) => {
  switch (field.type) {
    case "integer":
      return `${field.minimum} to ${field.maximum}`
    case "boolean":
      return "`true`, `false`"
    case "word":
      return field.words.map(code).join(", ")
    case "choice":
      return field.options.map(({ tag }) => `${code(field.tagField)} ${code(`"${tag}"`)}`).join(" or ")
    case "object":
      return `members ${field.members.map(code).join(", ")}`
    case "text":
      return field.patternHint ?? ""
  }
}

const defaultOf = (field) => (field.required ? "required" : field.default === undefined ? "none" : code(field.default))
const yes = (value) => (value ? "yes" : "no")

/** Whether a value must be kept from other eyes. */
const isSecret = (field) =>
  field.type === "choice" ? field.options.some(({ fields }) => Object.values(fields).some(isSecret)) : field.secret

const factsOf = (field) =>
  table(
    ["Type", "Default", "Range", "Secret", "In Airbyte's form"],
    [[types[field.type], defaultOf(field), rangeOf(field), yes(isSecret(field)), yes(!field.hidden)]]
  )

const partsOf = ({ options: choices, tagField }) =>
  choices
    .map(({ fields, tag, title }) =>
      [
        `**${title}**, ${code(`"${tagField}": "${tag}"`)}:`,
        "",
        table(
          ["Name", "Required", "Secret", "Is"],
          Object.entries(fields).map(([name, field]) => [
            code(name),
            yes(field.required),
            yes(field.secret),
            [field.description, ...(field.examples ?? []).map((example) => `For example ${code(example)}.`)].join(" ")
          ])
        )
      ].join("\n")
    )
    .join("\n\n")

/** A whole config with one value of an option. */
const exampleOf = (name, value) => json({ credentials: API_TOKEN, ...options[name].also, [name]: value })

const sectionOf = ([name, field]) =>
  [
    `## ${name}`,
    field.description,
    factsOf(field),
    ...(field.type === "choice" ? [partsOf(field)] : []),
    options[name].more,
    ...options[name].values.map((value) => exampleOf(name, value))
  ].join("\n\n")

const page = () => {
  const fields = Object.entries(configFields)
  return `${MARK}

# Configuration

The config is one JSON object. Only \`credentials\` is required; each example below is a whole config. \`npx airbyte-source-pipedrive spec\`
prints the same as JSON Schema, with the texts of Airbyte's form.

${table(
  ["Option", "Type", "Default", "Range", "Is for"],
  fields.map(([name, field]) => [
    `[${code(name)}](#${anchorOf(name)})`,
    types[field.type],
    defaultOf(field),
    rangeOf(field),
    field.title
  ])
)}

- Numbers, and \`true\` and \`false\`, may also be text, as some forms store them. \`null\` means the default, and so does an empty text, but for an
  empty \`replication_start_date\`, which is refused.
- A value that cannot be used ends the command with a config error, which names the option and never shows the value.
- Options with other names are ignored, and kept where the config is saved.
- Configs of Airbyte's own connector are taken in every form they ever had: [coming from it](upgrade.md#config).
- Proxies and certificates are set in the environment: [proxies](errors.md#proxies).

${fields.map(sectionOf).join("\n\n")}
`
}

export const configurationPages = () => [["docs/configuration.md", page()]]
