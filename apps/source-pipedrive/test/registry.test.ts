import { readFileSync } from "node:fs"
import { Ajv } from "ajv"
import formats from "ajv-formats"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { run } from "./command.ts"
import { registrySchema } from "./registry-schema.ts"

const textOf = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), "utf8")
const registry = JSON.parse(textOf("registry.json"))
const { data } = parse(textOf("metadata.yaml"))
const [source] = registry.sources

const ajv = new Ajv({ allErrors: true })
formats.default(ajv)
const validate = ajv.compile(registrySchema)

/** What the schema says of the registry with its source changed; what is undefined is left out. */
const errorsWith = (changed: object): ReadonlyArray<string> => {
  validate({ ...registry, sources: [JSON.parse(JSON.stringify({ ...source, ...changed }))] })
  return (validate.errors ?? []).map(({ instancePath, params }) => `${instancePath} ${JSON.stringify(params)}`)
}

describe("registry.json", () => {
  it("is a file that Airbyte reads its connectors from", () => {
    expect(errorsWith({})).toEqual([])
  })

  it.each([
    ["without an id", { sourceDefinitionId: undefined }, "sourceDefinitionId"],
    ["with an id of another kind", { sourceDefinitionId: "pipedrive" }, "uuid"],
    ["without a spec", { spec: undefined }, "spec"],
    ["with a spec that asks for nothing", { spec: {} }, "connectionSpecification"],
    ["of a stage there is not", { releaseStage: "new" }, "/releaseStage"],
    ["with a property of metadata.yaml's name", { definitionId: source.sourceDefinitionId }, "definitionId"],
    ["with a breaking change without a deadline", { releases: { breakingChanges: { "1.0.0": {} } } }, "upgradeDeadline"]
  ])("would not be one %s", (_, changed, problem) => {
    expect(errorsWith(changed).join()).toContain(problem)
  })

  it("says what metadata.yaml, the command and the icon say", async () => {
    const { definitionId, connectorType, connectorSubtype, registryOverrides, ...same } = data
    expect(connectorType).toBe("source")
    expect(source).toMatchObject({ ...same, sourceDefinitionId: definitionId, sourceType: connectorSubtype })
    expect(source).not.toHaveProperty("registryOverrides")
    const lines: Array<string> = []
    await run(["spec"], (_, line) => void lines.push(line))
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ type: "SPEC", spec: source.spec }])
    const [kind, icon = ""] = source.iconUrl.split(",")
    expect(kind).toBe("data:image/svg+xml;base64")
    expect(Buffer.from(icon, "base64").toString()).toBe(textOf("icon.svg"))
  })
})
