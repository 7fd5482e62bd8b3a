import { existsSync, statSync } from "node:fs"
import { loadInstalled } from "@pipedrive-source/airbyte/host"
import type { Warehouse } from "@pipedrive-source/duckdb"
import { Failure } from "./failure.ts"

type DuckDb = typeof import("@pipedrive-source/duckdb")

const PACKAGE = "@pipedrive-source/duckdb"

const missing = () =>
  new Failure(`Tables are written by a package of their own, which is not installed here. Run: npm install ${PACKAGE}`)

/** The package that writes tables: that of the folder, else one beside this program. */
export const loadDuckDb = async (): Promise<DuckDb> => {
  try {
    const module = (await loadInstalled(process.cwd(), PACKAGE)) ?? (await import("@pipedrive-source/duckdb"))
    return module as DuckDb
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") throw missing()
    throw new Failure(`${PACKAGE} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Whether `--to` names a folder. */
export const isFolder = (path: string): boolean =>
  /[/\\]$/.test(path) || (existsSync(path) && statSync(path).isDirectory())

/** Opens where `--to` points: a DuckDB file, or with a slash at its end a folder of Parquet files. */
export const openTarget = async (path: string): Promise<Warehouse> => {
  if (path.trim() === "") throw new Failure("--to is empty: it must name a DuckDB file or a folder.", 2)
  if (!isFolder(path) && /\.(parquet|csv|jsonl?)$/i.test(path))
    throw new Failure(
      `--to names a DuckDB file, such as pipedrive.duckdb, or a folder for Parquet files, with a slash at its end: ${path.replace(/\.\w+$/, "/")}.`,
      2
    )
  const { openDuckDb, openParquet, WarehouseError } = await loadDuckDb()
  try {
    return await (isFolder(path) ? openParquet(path) : openDuckDb(path))
  } catch (error) {
    throw error instanceof WarehouseError ? new Failure(error.message) : error
  }
}
