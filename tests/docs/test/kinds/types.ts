import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type Block, blocksOf, pages, root } from "../markdown.ts"
import { reasonOf } from "../not-run.ts"
import { run } from "../process.ts"
import { isFile } from "./script.ts"

/** Blocks that are files of TypeScript: with an import, or marked `ts check`. */
export const isChecked = (block: Block): boolean =>
  block.language === "ts" && (isFile(block) || block.meta.split(" ").includes("check")) && reasonOf(block) === undefined

/** A block is a file in a folder of its page; the first line may say which. What it takes as given lies in `given`. */
const fileOf = ({ page, line, text }: Block): string =>
  join(page.replace(/\.md$/, ""), /^\/\/ ([\w./-]+\.ts)$/m.exec(text.split("\n", 1)[0] ?? "")?.[1] ?? `${line}.ts`)

const check = async (): Promise<ReadonlyMap<string, string>> => {
  const folder = mkdtempSync(join(tmpdir(), "types-"))
  try {
    const given = join(import.meta.dirname, "../../given")
    if (existsSync(given)) cpSync(given, folder, { recursive: true })
    for (const block of pages.flatMap(blocksOf).filter(isChecked)) {
      const file = join(folder, fileOf(block))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, `${block.text}\nexport {}\n`)
    }
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }')
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
    const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false, isolatedModules: false }
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions, include: ["**/*.ts"] })
    )
    const tsc = join(root, "node_modules/.bin/tsc")
    const { stdout } = await run(tsc, ["-p", folder, "--pretty", "false"], { cwd: folder })
    const errors = new Map<string, string>()
    for (const [line, file = ""] of stdout.matchAll(/^(\S[^(\n]*)\(\d+,\d+\): error .*$/gm))
      errors.set(file, `${errors.get(file) ?? ""}${line}\n`)
    return errors
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

let errors: Promise<ReadonlyMap<string, string>> | undefined

/** Type-checks a block against the packages of this checkout; all pages share one call of the compiler. */
export const checkTypes = async (block: Block): Promise<void> => {
  errors ??= check()
  const found = (await errors).get(fileOf(block))
  if (found !== undefined) throw new Error(found)
}
