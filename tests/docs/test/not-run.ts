import { type NotRun, notRun } from "../not-run.ts"
import type { Block } from "./markdown.ts"

const isOf = ({ page = "", language = "" }: NotRun, block: Block): boolean =>
  [block.page, ""].includes(page) && [block.language, ""].includes(language)

const matches = (entry: NotRun, text: string): boolean =>
  entry.begins === undefined || text.trimStart().startsWith(entry.begins)

/** Entries of the list that match something. */
export const used = new Set<NotRun>()

/** Lines of a shell script that are not run, from 0: those on the list, and what continues them. */
export const linesNotRun = (block: Block): ReadonlySet<number> => {
  const found = new Set<number>()
  for (const [at, line] of block.text.split("\n").entries()) {
    const isContinued = found.has(at - 1) && block.text.split("\n")[at - 1]?.endsWith("\\")
    const entry = notRun.find((each) => isOf(each, block) && matches(each, line))
    if (entry !== undefined) used.add(entry)
    if (isContinued || entry !== undefined) found.add(at)
  }
  return found
}

/** Why a block is not run; undefined for one that is. A script is run unless no line of it is left. */
export const reasonOf = (block: Block): string | undefined => {
  if (block.language === "sh") {
    const lines = block.text.split("\n")
    const left = linesNotRun(block)
    const isLeft = lines.some((line, at) => !left.has(at) && !/^\s*(#.*)?$/.test(line))
    if (isLeft) return undefined
  }
  const entry = notRun.find((each) => isOf(each, block) && matches(each, block.text))
  if (entry !== undefined) used.add(entry)
  return entry?.why ?? (block.language === "sh" ? "every line of it is on the list" : undefined)
}
