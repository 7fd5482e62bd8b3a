import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import type { LineWriter, RowPage } from "./lines.ts"

/** A JSON object. */
export type JsonObject = { readonly [name: string]: unknown }

/** Rows of one stream that wait to be written, in a file of JSON lines. */
export interface WaitingRows {
  readonly path: string
  readonly count: number
  readonly bytes: number
  /** Bytes of its longest line. */
  readonly longest: number
  /** Whether one of them may be a tombstone. */
  readonly mayDelete: boolean
}

/** Column by which a row says that it was deleted. */
export const DELETED_AT = "_ab_cdc_deleted_at"

const MARK = Buffer.from(`"${DELETED_AT}"`)

const writeAll = (file: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

/**
 * What is written to the database in one transaction: rows, the states that cover them, and streams that are complete.
 * Rows are kept in files and not in memory, which is also how DuckDB reads JSON fastest.
 */
export class Batch {
  readonly #folder: string
  readonly #number: number
  readonly #writer: LineWriter
  readonly #files = new Map<
    string,
    { file: number; rows: { -readonly [Key in keyof WaitingRows]: WaitingRows[Key] } }
  >()
  /** The last state of each stream. */
  readonly states = new Map<string, JsonObject>()
  readonly complete = new Set<string>()
  /** Bytes of all rows. */
  bytes = 0

  constructor(folder: string, number: number, writer: LineWriter) {
    this.#folder = folder
    this.#number = number
    this.#writer = writer
  }

  get isEmpty(): boolean {
    return this.bytes === 0 && this.states.size === 0 && this.complete.size === 0
  }

  /** Rows of a stream so far. */
  countOf(stream: string): number {
    return this.#files.get(stream)?.rows.count ?? 0
  }

  /** Adds rows `from` up to `to` of a page. */
  add(stream: string, page: RowPage, from: number, to: number): void {
    const lines = this.#writer.write(page, from, to)
    const { file, rows } = this.#fileOf(stream)
    writeAll(file, lines)
    this.bytes += lines.length
    rows.count += to - from
    rows.bytes += lines.length
    rows.longest = Math.max(rows.longest, this.#writer.longest)
    rows.mayDelete ||= lines.includes(MARK)
  }

  #fileOf(stream: string) {
    const known = this.#files.get(stream)
    if (known !== undefined) return known
    const path = join(this.#folder, `${this.#number}-${this.#files.size}.jsonl`)
    const opened = {
      file: openSync(path, "w", 0o600),
      rows: { path, count: 0, bytes: 0, longest: 0, mayDelete: false }
    }
    this.#files.set(stream, opened)
    return opened
  }

  /** No more rows come: their files can be read. */
  close(): ReadonlyMap<string, WaitingRows> {
    for (const { file } of this.#files.values()) closeSync(file)
    return new Map([...this.#files].map(([stream, { rows }]) => [stream, rows]))
  }

  /** Removes its files. */
  remove(): void {
    for (const { rows } of this.#files.values()) rmSync(rows.path, { force: true })
  }
}
