import type { Figure } from "./figure.ts"

const widths = [68, 20, 38, 6, 8]
const cells = (values: ReadonlyArray<string>): string =>
  values.map((value, at) => value.padEnd(widths[at] ?? 0)).join(" ")

export const heading = cells(["what", "measured", "against", "ratio", "bound"])

const isMet = ({ bound, ratio }: Figure): boolean =>
  "atLeast" in bound ? ratio >= bound.atLeast : ratio <= bound.atMost

/** A figure as a line of the table; one that is beyond its bound says so, where figures count. */
export const lineOf = (figure: Figure, counts: boolean): string => {
  const { bound, floor, measured, ratio, what } = figure
  const limit = "atLeast" in bound ? `>= ${bound.atLeast}` : `<= ${bound.atMost}`
  return cells([what, measured, floor, ratio.toFixed(2), limit, !counts || isMet(figure) ? "" : "missed"]).trimEnd()
}
