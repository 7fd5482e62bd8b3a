// Draws what a terminal shows as an SVG: text stays text, in the colours it was written in.

const CELL_WIDTH = 8.4
const LINE_HEIGHT = 19
const FONT_SIZE = 14
const PADDING = 20
const BAR_HEIGHT = 34

/** The colours of GitHub's two themes: background, text, border, and the sixteen of a terminal. */
export const THEMES = {
  light: {
    background: "#f6f8fa",
    text: "#1f2328",
    border: "#d1d9e0",
    ansi: [
      ...["#24292f", "#cf222e", "#116329", "#7d4e00", "#0969da", "#8250df", "#1b7c83", "#59636e"],
      ...["#57606a", "#a40e26", "#1a7f37", "#633c01", "#218bff", "#a475f9", "#3192aa", "#8c959f"]
    ]
  },
  dark: {
    background: "#0d1117",
    text: "#e6edf3",
    border: "#3d444d",
    ansi: [
      ...["#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"],
      ...["#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff"]
    ]
  }
}

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")

const attributesOf = (cell, theme) => {
  const fill = cell.isFgPalette() ? theme.ansi[cell.getFgColor()] : theme.text
  return [
    `fill="${fill ?? theme.text}"`,
    ...(cell.isBold() ? ['font-weight="700"'] : []),
    ...(cell.isDim() ? ['opacity="0.65"'] : []),
    ...(cell.isUnderline() ? ['text-decoration="underline"'] : [])
  ].join(" ")
}

/** Pieces of a line that look alike. Wide gaps end a piece, so that columns of tables stand where they stood. */
const piecesOf = (line, theme) => {
  const pieces = []
  let gap = Number.POSITIVE_INFINITY
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column)
    const [text, width] = [cell.getChars(), cell.getWidth()]
    // The second half of a wide character is a cell of no width.
    if (width === 0) continue
    if (text === "" || text === " ") {
      gap++
      continue
    }
    const attributes = attributesOf(cell, theme)
    const last = pieces.at(-1)
    if (last?.attributes === attributes && gap <= 1) {
      last.text += " ".repeat(gap) + text
      last.width += gap + width
    } else pieces.push({ column, attributes, text, width })
    gap = 0
  }
  return pieces
}

const px = (value) => Number(value.toFixed(1))

const lineOf = (line, row, theme) =>
  piecesOf(line, theme)
    .map(({ attributes, column, text, width }) => {
      const x = px(PADDING + column * CELL_WIDTH)
      const y = px(BAR_HEIGHT + PADDING + row * LINE_HEIGHT)
      const length = px(width * CELL_WIDTH)
      return `<text x="${x}" y="${y}" textLength="${length}" ${attributes}>${escaped(text)}</text>`
    })
    .join("\n")

/**
 * An SVG of the lines of a terminal's buffer.
 *
 * @param lines lines of @xterm/headless
 * @param title what a screen reader says
 */
export const terminalSvg = ({ columns, lines, theme, title }) => {
  const width = px(columns * CELL_WIDTH + 2 * PADDING)
  const height = px(BAR_HEIGHT + lines.length * LINE_HEIGHT + 2 * PADDING - FONT_SIZE)
  const dots = [0, 1, 2].map((dot) => `<circle cx="${PADDING + 4 + dot * 18}" cy="19" r="5.5" fill="${theme.border}"/>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<!-- Made by scripts/picture.mjs: npm run picture -->
<title>${escaped(title)}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${theme.background}" stroke="${theme.border}"/>
${dots.join("")}
<g font-family="ui-monospace, SFMono-Regular, 'SF Mono', Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}">
${lines
  .map((line, row) => lineOf(line, row, theme))
  .filter(Boolean)
  .join("\n")}
</g>
</svg>
`
}
