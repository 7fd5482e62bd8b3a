// Writes the app's version where the image says it: metadata.yaml, the Dockerfile and docs/airbyte.md. `npm run version-packages` calls it.
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const app = join(resolve(dirname(fileURLToPath(import.meta.url)), ".."), "apps/source-pipedrive")
const { version } = JSON.parse(readFileSync(join(app, "package.json"), "utf8"))

const places = {
  "metadata.yaml": /(?<=dockerImageTag: )\S+/g,
  "../../docs/airbyte.md": /(?<=source-pipedrive:|tag `)\d+\.\d+\.\d+/g,
  Dockerfile: /(?<=io\.airbyte\.version="|-t source-pipedrive:)\d+\.\d+\.\d+/g
}
for (const [name, place] of Object.entries(places)) {
  const file = join(app, name)
  writeFileSync(file, readFileSync(file, "utf8").replace(place, version))
}
