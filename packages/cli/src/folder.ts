import { existsSync, writeFileSync } from "node:fs"
import { readJson } from "@pipedrive-source/airbyte/host"
import { isObject, type JsonObject } from "@pipedrive-source/core/reader"
import * as Result from "effect/Result"
import { Failure } from "./failure.ts"

/** Files of a folder that commands take by themselves. */
export const CONFIG = "pipedrive.json"
export const CATALOG = "catalog.json"

/** Files that a command was told to use instead. */
export interface Paths {
  readonly config?: string
  readonly catalog?: string
}

/** The config's file; where none is named, that of the folder. */
export const configPath = ({ config }: Paths): string => {
  if (config !== undefined) return config
  if (existsSync(CONFIG)) return CONFIG
  throw new Failure(`There is no ${CONFIG} in this folder. Run init here first, or name a config with --config.`)
}

/** The catalog's file; where none is named, that of the folder. */
export const catalogPath = ({ catalog }: Paths): string => {
  if (catalog !== undefined) return catalog
  if (existsSync(CATALOG)) return CATALOG
  throw new Failure(`There is no ${CATALOG} in this folder. Run init here first, or name a catalog with --catalog.`)
}

const readObject = (path: string, what: string): JsonObject => {
  const read = readJson(path, what)
  if (Result.isFailure(read)) throw new Failure(read.failure.message)
  if (!isObject(read.success)) throw new Failure(`The ${what} file ${path} does not hold a JSON object.`)
  return read.success
}

export const readConfig = (path: string): JsonObject => readObject(path, "config")

export const readCatalog = (path: string): JsonObject => readObject(path, "catalog")

/** Writes a catalog as a person may read and edit it. */
export const writeCatalog = (path: string, catalog: JsonObject): void => {
  try {
    writeFileSync(path, `${JSON.stringify(catalog, null, 2)}\n`)
  } catch (error) {
    throw new Failure(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`)
  }
}
