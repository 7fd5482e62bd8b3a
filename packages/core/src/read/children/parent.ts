/**
 * A parent, taken out of a row of its list: the key to ask with, and the period where the children are asked for by
 * time. A row that cannot have children has no parent; one whose key or period cannot be used says what is wrong with
 * it.
 */
import type { SourceStream } from "../../declare/stream.ts"
import { SystemError } from "../../errors.ts"
import type { Origin } from "../../page/added-columns.ts"
import type { Page } from "../../page/page.ts"
import { askedAs } from "../../page/parent-key.ts"

/** A parent whose children are to be read. */
export interface Parent extends Origin {
  /** The key as it is asked with. */
  readonly ask: string
  readonly start?: string
  readonly end?: string
  /** What is wrong with its key: it is in no request and in no row. */
  readonly badKey?: string
  /** What is wrong with its period: nothing can be asked for it. */
  readonly badPeriod?: string
}

/** Columns of a parent's rows that the reader needs to ask for its children. */
export const columnsForChildren = (children: ReadonlyArray<SourceStream>): ReadonlyArray<string> => [
  "is_deleted",
  ...children.flatMap(({ parents }) => {
    if (parents === undefined) return []
    const { key, count, only, period } = parents
    const nested =
      period === undefined ? [] : [period.start, period.end].map(({ column }) => column.split(".")[0] as string)
    return [key, ...(count === undefined ? [] : [count]), ...(only === undefined ? [] : [only]), ...nested]
  })
]

const isNothing = (text: string | undefined): boolean => text === undefined || text === "null"

/** What stands under a path of properties; undefined where it is absent, null or an empty string. */
const valueUnder = (page: Page, row: number, path: string): unknown => {
  const [first, ...rest] = path.split(".") as [string, ...Array<string>]
  const text = page.text(row, first)
  let value: unknown
  try {
    value = text === undefined ? undefined : JSON.parse(text)
  } catch {
    return text
  }
  for (const name of rest) value = (value as { [name: string]: unknown } | null | undefined)?.[name]
  return value === null || value === "" ? undefined : value
}

const shortened = (value: unknown): string => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** Whether a value has the form of a date; one that does not exist, like November 31, is for the API to judge. */
const isDate = (value: unknown): value is string =>
  typeof value === "string" && /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(value)

/** The end of a period that is asked for: as declared, or today where it goes on. */
export const endOf = (start: string, declaredEnd: string | undefined, nowMs: number): string => {
  const today = new Date(nowMs).toISOString().slice(0, 10)
  return declaredEnd ?? (today > start ? today : start)
}

/** The parent in a row of its list, where it can have children; `gone` for one that is marked deleted. */
export const parentIn = (stream: SourceStream, page: Page, row: number): Parent | "gone" | undefined => {
  const { parents } = stream
  if (parents === undefined) return undefined
  if (page.text(row, "is_deleted") === "true") return "gone"
  const { count, only, period } = parents
  if (count !== undefined && page.text(row, count) === "0") return undefined
  if (only !== undefined && isNothing(page.text(row, only))) return undefined
  const key = page.text(row, parents.key)
  if (key === undefined || isNothing(key)) return undefined
  const ask = askedAs(key)
  if (ask === undefined) return { key, ask: "", badKey: `${parents.key} ${shortened(key)}` }
  if (period === undefined) return { key, ask }
  const start = valueUnder(page, row, period.start.column)
  if (start === undefined) return undefined
  const end = valueUnder(page, row, period.end.column)
  const bad = !isDate(start)
    ? [period.start.column, start]
    : end !== undefined && !isDate(end)
      ? [period.end.column, end]
      : undefined
  if (bad !== undefined) return { key, ask, badPeriod: `${bad[0]} is no date: ${shortened(bad[1])}` }
  const [from, to] = [start as string, end as string | undefined]
  return { key, ask, start: from, end: endOf(from, to, page.serverMs), period: `${from}/${to ?? ".."}` }
}

/** The error of a list in which a parent has a key that is in no request and in no row. */
export const badKeyError = ({ name, parents }: SourceStream, { badKey }: Parent): SystemError =>
  new SystemError({
    message: `Stopped at ${name}: a row of ${parents?.streams.join(" or ")} has a key that cannot be asked for (${badKey}). What has been read is kept. Please report this to the maintainers of the source.`
  })
