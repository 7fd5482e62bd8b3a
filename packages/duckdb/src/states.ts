import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import type { JsonObject } from "./batch.ts"
import { openingError } from "./errors.ts"

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()

/**
 * States by stream that a DuckDB file, or a folder of Parquet files, would be read on from; none where there is neither.
 *
 * @throws WarehouseError where it is in use, or is no DuckDB file
 */
export const readTargetStates = async (target: string): Promise<ReadonlyMap<string, JsonObject>> => {
  const path = isFolder(target) ? join(target, ".pipedrive", "tables.duckdb") : target
  if (!existsSync(path)) return new Map()
  try {
    const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" })
    const connection = await instance.connect()
    try {
      const reader = await connection.runAndReadAll(
        "SELECT stream, CASE WHEN refreshing THEN refresh_state ELSE state END::VARCHAR AS state FROM _pipedrive_state"
      )
      return new Map(
        reader
          .getRowObjectsJS()
          .flatMap(({ state, stream }) => (typeof state === "string" ? [[String(stream), JSON.parse(state)]] : []))
      )
    } finally {
      connection.closeSync()
      instance.closeSync()
    }
  } catch (cause) {
    throw openingError(path, cause)
  }
}
