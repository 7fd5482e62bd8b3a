import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { runInThisContext } from "node:vm"
import { parseHTML } from "linkedom"
import type { Block } from "../markdown.ts"

interface Mermaid {
  readonly parse: (text: string) => Promise<unknown>
}

let mermaid: Mermaid | undefined

/** Mermaid's bundle for browsers. It cleans labels by the document that is there while it is loaded. */
const load = (): Mermaid => {
  const { window, document } = parseHTML("<!doctype html><html><body></body></html>")
  Object.assign(globalThis, { window, document })
  const file = fileURLToPath(import.meta.resolve("@mermaid-js/tiny/dist/mermaid.tiny.js"))
  runInThisContext(readFileSync(file, "utf8"), { filename: file })
  for (const name of ["window", "document"]) Reflect.deleteProperty(globalThis, name)
  return (globalThis as unknown as { readonly mermaid: Mermaid }).mermaid
}

/** Parses a drawing as a browser does before it draws. */
export const parseMermaid = async ({ text }: Block): Promise<void> => {
  mermaid ??= load()
  await mermaid.parse(text)
}
