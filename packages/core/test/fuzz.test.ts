import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { describe, it } from "vitest"
import { type Scanned, scanPage } from "../src/page/scan.ts"
import { pagesOr, SEED } from "./fuzz.ts"
import { page, wanted } from "./json-pages.ts"

// SPEC 24

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
}

/** What the scan found, each piece parsed by itself, in the form of the whole. */
const found = (body: Uint8Array, { data, envelope, spans, values }: Scanned): unknown => {
  const at = (start: number, end: number): unknown => parsed(body.subarray(start, end))
  const rows = Array.from({ length: spans.length / 2 }, (_, row) => ({
    row: at(spans[2 * row] as number, spans[2 * row + 1] as number),
    wanted: wanted.map((_, w) => {
      const value = 2 * (row * wanted.length + w)
      return (values[value] as number) < 0 ? undefined : at(values[value] as number, values[value + 1] as number)
    })
  }))
  return { data, rows, envelope: Object.fromEntries([...envelope].map(([name, span]) => [name, at(...span)])) }
}

/** The same as JSON.parse sees it; undefined for what is no page. */
const expected = (body: Uint8Array): unknown => {
  const whole = parsed(body)
  if (typeof whole !== "object" || whole === null || Array.isArray(whole)) return undefined
  const { data, ...envelope } = whole as { [name: string]: unknown }
  const rows = Array.isArray(data) ? data : typeof data === "object" && data !== null ? [data] : []
  if (rows.some((row) => typeof row !== "object" || row === null || Array.isArray(row))) return undefined
  return {
    data: Array.isArray(data)
      ? "list"
      : data === null
        ? "null"
        : typeof data === "object"
          ? "object"
          : data === undefined
            ? "absent"
            : "scalar",
    rows: rows.map((row) => ({
      row,
      wanted: wanted.map((name) => (Object.hasOwn(row, name) ? row[name] : undefined))
    })),
    envelope
  }
}

const check = (body: Uint8Array): void => {
  const scanned = scanPage(body, wanted)
  if (scanned === undefined) return
  const is = expected(body)
  if (is === undefined) throw new Error(`taken for a page: ${decoder.decode(body)}`)
  if (!isDeepStrictEqual(found(body, scanned), is)) throw new Error(`misread: ${decoder.decode(body)}`)
}

interface Damage {
  readonly kind: "byte" | "hole" | "cut" | "again" | "swap"
  /** Where it begins, how long it is, and which byte it leaves. */
  readonly at: number
  readonly length: number
  readonly byte: number
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom("byte", "hole", "cut", "again", "swap"),
  at: fc.nat(),
  length: fc.integer({ min: 1, max: 12 }),
  byte: fc.oneof(
    fc.constantFrom(...[...'{}[],:"\\0123456789+-.eEtrufalsn \n\t'].map((letter) => letter.charCodeAt(0))),
    fc.integer({ min: 0, max: 255 })
  )
})

const damaged = (whole: Uint8Array, { at, byte, kind, length }: Damage): Uint8Array => {
  const from = at % whole.length
  const to = Math.min(from + length, whole.length)
  const piece = whole.subarray(from, to)
  const [before, after] = [whole.subarray(0, from), whole.subarray(to)]
  switch (kind) {
    case "byte":
      return Uint8Array.from([...before, byte, ...whole.subarray(from + 1)])
    case "hole":
      return Uint8Array.from([...before, ...after])
    case "cut":
      return before
    case "again":
      return Uint8Array.from([...before, ...piece, ...piece, ...after])
    case "swap":
      return Uint8Array.from([...before, ...piece.toReversed(), ...after])
  }
}

/** `npm run fuzz -- json 1000000` tries as many; a failure names the seed to run it again with. */
const options = { numRuns: pagesOr(3000), seed: SEED }

describe(`a page, seed ${SEED}`, () => {
  it("is read as JSON.parse reads it", () => {
    fc.assert(
      fc.property(page, ({ body }) => {
        const bytes = encoder.encode(body)
        if (scanPage(bytes, wanted) === undefined) throw new Error(`refused: ${body}`)
        check(bytes)
      }),
      options
    )
  })

  it("that is damaged is refused, or read as JSON.parse reads it", () => {
    fc.assert(
      fc.property(page, fc.array(damage, { minLength: 1, maxLength: 3 }), ({ body }, all) => {
        check(
          all.reduce(
            (bytes: Uint8Array, each) => (bytes.length === 0 ? bytes : damaged(bytes, each)),
            encoder.encode(body)
          )
        )
      }),
      options
    )
  })
})
