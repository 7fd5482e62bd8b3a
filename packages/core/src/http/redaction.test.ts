import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { redactorOf } from "./redaction.ts"

// SPEC 27

const secret = "p1p3/dr1v3+t0k3n=of? ümläut~(x)"

const everyByte = (text: string): string => Buffer.from(text).toString("hex").toUpperCase().replace(/../g, "%$&")

/** The forms in which a secret may come back. */
const forms: { readonly [form: string]: string } = {
  itself: secret,
  base64: Buffer.from(secret).toString("base64"),
  "base64 without padding": Buffer.from(secret).toString("base64").replace(/=+$/, ""),
  "base64 for URLs": Buffer.from(secret).toString("base64url"),
  hex: Buffer.from(secret).toString("hex"),
  "hex in capitals": Buffer.from(secret).toString("hex").toUpperCase(),
  "URL-encoded": encodeURIComponent(secret),
  "URL-encoded in small letters": encodeURIComponent(secret).replace(/%../g, (byte) => byte.toLowerCase()),
  "URL-encoded, every byte": everyByte(secret),
  "URL-encoded, every byte in small letters": everyByte(secret).toLowerCase(),
  "a form's field": new URLSearchParams({ t: secret }).toString().slice(2),
  JSON: JSON.stringify(secret).slice(1, -1),
  "JSON as PHP writes it": JSON.stringify(secret).slice(1, -1).replaceAll("/", "\\/")
}

describe("a redactor", () => {
  it.each(Object.keys(forms))("takes out a secret: %s", (form) => {
    expect(redactorOf(secret).redact(`before ${forms[form]} after`)).toMatch(/^before \*{4}={0,2} after$/)
  })

  it.each(Object.keys(forms))("takes out any part of 12 letters: %s", (form) => {
    const { redact } = redactorOf(secret)
    const whole = (forms[form] ?? "").replace(/=+$/, "")
    for (let at = 0; at + 12 <= whole.length; at++) {
      expect(redact(`<${whole.slice(at, at + 12)}>`)).toBe("<****>")
    }
  })

  it("takes out a secret with every byte URL-encoded, each in letters of either case", () => {
    const text = everyByte(secret).replace(/%../g, (byte, at) => (at % 2 === 0 ? byte : byte.toLowerCase()))
    expect(text).not.toBe(everyByte(secret))
    expect(redactorOf(secret).redact(`token=${text}&x=%2F`)).toBe("token=****&x=%2F")
  })

  it.each(["id:", "id7:", "id77:"])("takes out what of a secret is in the base64 of a longer text: %s", (before) => {
    const whole = Buffer.from(`${before}0123456789abcdef0123456789abcdef01234567:`).toString("base64")
    const rest = redactorOf("0123456789abcdef0123456789abcdef01234567").redact(whole)
    expect(rest).toMatch(/^.{1,8}\*{4}.{0,6}$/)
  })

  it("leaves parts of eleven letters, and words that encodings of short secrets might be", () => {
    const { redact } = redactorOf("abcdefghijklmnop", "cat", "geheim")
    expect(redact("bcdefghijkl Y2F0 636174")).toBe("bcdefghijkl Y2F0 636174")
    expect(redact("concatenate gehei Geheim")).toBe("con****enate gehei Geheim")
    expect(redact("geheim Z2VoZWlt 67656865696d 67656865696D")).toBe("**** **** **** ****")
  })

  it("takes out the longest of secrets that are part of one another", () => {
    expect(redactorOf("one-secret", "one-secret-longer").redact("one-secret-longer, one-secret.")).toBe("****, ****.")
  })

  it("leaves a text alone that has nothing of a secret", () => {
    const token = fc.stringMatching(/^[0-9a-f]{40}$/)
    fc.assert(
      fc.property(token, fc.lorem({ maxCount: 40 }), (secret, text) => {
        expect(redactorOf(secret).redact(text)).toBe(text)
      })
    )
  })

  it("takes no time to speak of for a secret or a text of any size", () => {
    const long = "x1".repeat(1_000_000)
    expect(redactorOf(long, "", "\ud83d-half-a-pair").redact(`${long} \ud83d-half-a-pair`)).toBe("**** ****")
  })
})
