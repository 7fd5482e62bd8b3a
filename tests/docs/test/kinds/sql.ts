import { DuckDBInstance } from "@duckdb/node-api"
import { streamNames } from "../account.ts"
import { type Block, blocksOf, pages } from "../markdown.ts"
import type { Story } from "../story.ts"

/** Streams that a query of any page names: one file has the tables of all. */
const named = pages
  .flatMap(blocksOf)
  .filter(({ language }) => language === "sql")
  .flatMap(({ text }) => text.match(/\w+/g) ?? [])
  .filter((word) => streamNames.has(word))

/** Runs every statement on the tables that `sync` made of the account. */
export const runSql = async (block: Block, { account, folder }: Story): Promise<void> => {
  const instance = await DuckDBInstance.create(await account.tables([...new Set(named)]), { access_mode: "READ_ONLY" })
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
