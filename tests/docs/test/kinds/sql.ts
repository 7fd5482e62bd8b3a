import { DuckDBInstance } from "@duckdb/node-api"
import type { Block } from "../markdown.ts"
import type { Story } from "../story.ts"

/** Runs every statement on the tables that `sync` made of the account. */
export const runSql = async (block: Block, { account, folder }: Story): Promise<void> => {
  const instance = await DuckDBInstance.create(await account.tables(), { access_mode: "READ_ONLY" })
  const connection = await instance.connect()
  try {
    await connection.run(`SET file_search_path = '${folder}'`)
    const statements = await connection.extractStatements(block.text)
    if (statements.count === 0) throw new Error("there is no statement in it")
    for (let at = 0; at < statements.count; at++) await (await statements.prepare(at)).run()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
