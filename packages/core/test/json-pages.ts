import fc from "fast-check"

/** Properties of a row to look for. */
export const wanted = ["id", "update_time", "nested"]

/** Text with all that makes scanning hard: quotes, braces, escapes, every plane, halves of pairs. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc
    .array(
      fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "\n", "\u0085", "\u2028", "\ud83d", "\ude00", "é"),
      {
        maxLength: 12
      }
    )
    .map((letters) => letters.join(""))
)

/** Numbers as they are written, some beyond what a double holds. */
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom("9007199254740993", "-12345678901234567890", "0.10", "1E+2", "-0", "1e-7")
)

/** A string's JSON, one of its letters perhaps written as an escape, as any may be. */
const spelled = (string: string, at: number): string => {
  const json = JSON.stringify(string)
  const letter = 1 + (at % json.length)
  return at % 3 === 0 && !json.includes("\\") && letter < json.length - 1
    ? `${json.slice(0, letter)}\\u${json.charCodeAt(letter).toString(16).padStart(4, "0")}${json.slice(letter + 1)}`
    : json
}

/** A value's JSON, written by hand, so that its form is free. */
const space = fc.constantFrom("", "", " ", "\n", "\r\n", "\t  ")
export const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(
      text.map((each) => JSON.stringify(each)),
      number,
      fc.constantFrom("true", "false", "null")
    ),
    fc
      .tuple(fc.array(tie("value"), { maxLength: 4 }), space)
      .map(([all, gap]) => `[${gap}${all.join(`${gap},${gap}`)}${gap}]`),
    fc
      .tuple(fc.array(fc.tuple(text, tie("value")), { maxLength: 4 }), space)
      .map(
        ([all, gap]) =>
          `{${gap}${all.map(([key, each]) => `${JSON.stringify(key)}${gap}:${gap}${each}`).join(`,${gap}`)}${gap}}`
      )
  )
})).value

/** Raw letters of every kind pass through strings; control characters are escaped. */
const row = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.oneof(fc.constantFrom(...wanted), text), value, fc.nat(60)), {
      maxLength: 6,
      selector: ([key]) => key
    }),
    space
  )
  .map(
    ([members, gap]) =>
      `{${gap}${members.map(([key, each, at]) => `${spelled(key, at)}${gap}:${each}`).join(`${gap},${gap}`)}${gap}}`
  )

/** A page, with its rows as they stand in it. */
export const page = fc
  .record({ rows: fc.array(row, { maxLength: 6 }), gap: space, before: fc.boolean(), cursor: text })
  .map(({ before, cursor, gap, rows }) => {
    const list = `"data"${gap}:${gap}[${gap}${rows.join(`${gap},${gap}`)}${gap}]`
    const rest = `"success":true,"additional_data":{"next_cursor":${JSON.stringify(cursor)}}`
    return { rows, cursor, body: `${gap}{${before ? `${list},${rest}` : `${rest},${list}`}}${gap}` }
  })
