// Writes the pages that are made from the declarations of plugins and from the options of the config; with --check, only
// says which of them are out of date.
//
//   npm run docs
import { configurationPages } from "./docs/configuration.mjs"
import { outdated, put } from "./docs/files.mjs"
import { SCHEMA_FOLDER, schemaPages } from "./docs/schema.mjs"
import { streamsPages } from "./docs/streams.mjs"

const pages = new Map([...streamsPages(), ...configurationPages(), ...schemaPages()])
const isCheck = process.argv.includes("--check")

for (const [name, text] of outdated(pages, SCHEMA_FOLDER)) {
  if (isCheck) {
    console.error(`${name} does not say what the declarations say. Run: npm run docs`)
    process.exitCode = 1
  } else {
    put(name, text)
  }
}
