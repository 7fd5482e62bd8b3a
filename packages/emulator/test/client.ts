import { onTestFinished } from "vitest"
import { type Emulator, type EmulatorOptions, startEmulator } from "../src/index.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any
}

/** An emulator for one test, without a burst limit unless the test has its own. */
export async function emulate(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ burstLimit: false, dailyTokens: 10_000_000, ...options })
  onTestFinished(() => emulator.close())
  return emulator
}

export const urlOf = (emulator: Emulator, path: string): string =>
  `${emulator.url}${path.startsWith("v2/") ? "/api/" : "/"}${path}`

export async function get(
  emulator: Emulator,
  path: string,
  headers: Readonly<Record<string, string>> = { "x-api-token": emulator.apiToken }
): Promise<Answer> {
  const response = await fetch(urlOf(emulator, path), { headers, redirect: "manual" })
  const text = await response.text()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status: response.status, headers: response.headers, text, json }
}

const withCursor = (path: string, cursor: string): string => `${path}${path.includes("?") ? "&" : "?"}cursor=${cursor}`

/** All rows of a v2 list, page after page. */
export async function walk(emulator: Emulator, path: string, pages = 10_000): Promise<Array<Record<string, unknown>>> {
  const rows: Array<Record<string, unknown>> = []
  let cursor: string | null = null
  for (let page = 0; page < pages; page++) {
    const { status, json, text } = await get(emulator, cursor === null ? path : withCursor(path, cursor))
    if (status !== 200) throw new Error(text)
    rows.push(...json.data)
    cursor = json.additional_data.next_cursor
    if (cursor === null) return rows
  }
  return rows
}

export const idsOf = (rows: ReadonlyArray<Record<string, unknown>>): unknown[] => rows.map(({ id }) => id)
