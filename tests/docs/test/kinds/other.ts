import { spawnSync } from "node:child_process"
import { parseDocument } from "yaml"
import type { Block } from "../markdown.ts"

/** Parses YAML; a workflow has to say when it runs, and each of its steps what. */
export const parseYaml = async ({ text }: Block): Promise<void> => {
  const document = parseDocument(text)
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) throw problem
  const { jobs, on } = Object(document.toJS()) as { readonly jobs?: object; readonly on?: unknown }
  if (jobs === undefined) return
  if (on === undefined) throw new Error("a workflow says when it runs: on")
  for (const [name, { steps = [] }] of Object.entries(jobs) as ReadonlyArray<[string, { steps?: Array<object> }]>)
    if (!steps.every((step) => "uses" in step || "run" in step)) throw new Error(`a step of ${name} runs nothing`)
}

/** An image of a source says one entry point twice, in absolute paths: Airbyte takes the one, all others the other. */
export const checkDockerfile = async ({ text }: Block): Promise<void> => {
  const unknown = text.split("\n").filter((line) => !/^(#|[A-Z]+ | |$)/.test(line))
  if (unknown.length > 0) throw new Error(`no instruction: ${unknown.join("\n")}`)
  const [, airbyte] = /^ENV AIRBYTE_ENTRYPOINT="(.*)"$/m.exec(text) ?? []
  const [, entryPoint = "[]"] = /^ENTRYPOINT (.*)$/m.exec(text) ?? []
  const parts: ReadonlyArray<string> = JSON.parse(entryPoint)
  if (airbyte !== parts.join(" ")) throw new Error(`AIRBYTE_ENTRYPOINT is ${airbyte}, ENTRYPOINT ${entryPoint}`)
  if (!parts.every((part) => part.startsWith("/"))) throw new Error("an entry point is a list of absolute paths")
}

/** Compiles Python where there is one; what it does, another test shows. */
export const compilePython = async ({ text }: Block): Promise<void> => {
  const code = "import sys; compile(sys.stdin.read(), 'block', 'exec')"
  const { error, status, stderr } = spawnSync("python3", ["-c", code], { input: text, encoding: "utf8" })
  if (error === undefined && status !== 0) throw new Error(stderr)
}
