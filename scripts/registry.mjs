// Writes the connector's registry entry, apps/source-pipedrive/registry.json, in the format of the file from which
// Airbyte takes its connectors (connectors.airbyte.com/files/registries/v0/oss_registry.json): from metadata.yaml, the
// answer of `spec`, and the icon. With --check, only says whether it is up to date.
//
//   npm run registry
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"

const app = join(resolve(dirname(fileURLToPath(import.meta.url)), ".."), "apps/source-pipedrive")
const file = join(app, "registry.json")
const textOf = (name) => readFileSync(join(app, name), "utf8")

/** What the command answers: run on its sources, so that nothing has to be built. */
const specOf = () => {
  const args = ["--conditions=@pipedrive-source/source", join(app, "src/main.ts"), "spec"]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })).spec
}

/** metadata.yaml in the registry's names, with what its publication adds to every connector. */
const entryOf = ({ definitionId, connectorType, connectorSubtype, registryOverrides, ...metadata }, spec) => ({
  [`${connectorType}DefinitionId`]: definitionId,
  ...metadata,
  sourceType: connectorSubtype,
  // Inside, as nothing of ours is served from anywhere.
  iconUrl: `data:image/svg+xml;base64,${Buffer.from(textOf(metadata.icon)).toString("base64")}`,
  language: metadata.tags.find((tag) => tag.startsWith("language:"))?.slice("language:".length),
  tombstone: false,
  public: true,
  custom: false,
  ab_internal: { sl: 100, ql: 100 },
  releases: {},
  packageInfo: {},
  generated: { source_file_info: { metadata_file_path: "apps/source-pipedrive/metadata.yaml" } },
  spec
})

const { data } = parse(textOf("metadata.yaml"))
const registry = { sources: [entryOf(data, specOf())], destinations: [] }
const text = `${JSON.stringify(registry, undefined, 2)}\n`

if (!process.argv.includes("--check")) writeFileSync(file, text)
else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
  console.error("registry.json does not say what metadata.yaml, spec and the icon say. Run: npm run registry")
  process.exitCode = 1
}
