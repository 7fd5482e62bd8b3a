import { stripTypeScriptTypes } from "node:module"
import { join } from "node:path"
import type { Block } from "../markdown.ts"
import { succeed } from "../process.ts"
import type { Story } from "../story.ts"

/** Whether it is a whole file, not a piece of one. */
export const isFile = ({ text }: Block): boolean => /^import .* from "/m.test(text)

/** A piece of a file is statements, or what stands in an object or a list. */
const parse = (text: string): void => {
  const shapes = [text, `({\n${text}\n})`, `[\n${text}\n]`]
  const errors: Array<unknown> = []
  for (const shape of shapes)
    try {
      return void stripTypeScriptTypes(shape)
    } catch (error) {
      errors.push(error)
    }
  throw errors[0]
}

/** A name for its file: that of a comment in its first line, or the last that stands in the text before it. */
const nameOf = ({ text, named }: Block): string => {
  const isName = (word: string | undefined): word is string => word !== undefined && /^[\w-]+\.m?js$/.test(word)
  const [, commented] = /^\/\/ (\S+)$/m.exec(text.split("\n", 1)[0] ?? "") ?? []
  return [commented, ...named].find(isName)?.replace(/\.js$/, ".mjs") ?? "block.mjs"
}

/** Runs a file of JavaScript in a folder that has the packages; a source is asked for its streams. */
export const runScript = async (block: Block, { folder, write, give, env }: Story): Promise<void> => {
  if (!isFile(block)) return parse(block.text)
  const name = nameOf(block)
  write(name, block.text)
  const isSource = block.text.includes("runSource(")
  const args = [join(folder, name), ...(isSource ? ["discover", "--config", "config.json"] : [])]
  if (isSource) give("config.json")
  const stdout = await succeed(process.execPath, args, { cwd: folder, env })
  if (isSource && !/"type":"CATALOG".*"streams":\[\{/.test(stdout)) throw new Error(`It shows no streams: ${stdout}`)
}

/** A piece of TypeScript parses; whole files are type-checked together. */
export const parseTypeScript = async (block: Block): Promise<void> => parse(block.text)
