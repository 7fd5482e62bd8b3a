// Markdown, as the generated pages are made of it.

/** The first line of every generated page. */
export const MARK = "<!-- Made by scripts/docs.mjs: npm run docs -->"

export const code = (text) => `\`${text}\``

export const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`

const line = (cells) =>
  `|${cells.map((cell) => (cell === "" ? " |" : ` ${String(cell).replaceAll("|", "\\|")} |`)).join("")}`

/** A table; its cells are Markdown. */
export const table = (head, rows) => [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")

/** The anchor that GitHub gives a heading. */
export const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-")

/** A value as JSON in one line, with room to read it. */
const inLine = (value) => {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${inLine(member)}`)
  return `{ ${members.join(", ")} }`
}

/** A block of JSON with a line for each member of an object. */
export const json = (object) => {
  const members = Object.entries(object).map(([name, value]) => `  ${JSON.stringify(name)}: ${inLine(value)}`)
  return `\`\`\`json\n{\n${members.join(",\n")}\n}\n\`\`\``
}
