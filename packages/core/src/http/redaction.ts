/**
 * Takes secrets out of texts. A secret is found whole in any common encoding (JSON, URL, hex, base64), and in parts: a
 * message may quote the beginning of a token, or an encoding of a longer text that contains it. For that, every run of
 * twelve letters of every form is remembered, and whatever a text shares with them is masked.
 */
import { bytesOf, textOf } from "../page/text.ts"

/** Takes secrets out of texts, whole or in part, plain or encoded. */
export interface Redactor {
  /** Adds secrets to take out. */
  readonly learn: (...secrets: ReadonlyArray<string>) => void
  readonly redact: (text: string) => string
}

/** A part of this many letters gives a secret away; shorter ones may occur in any text. */
const PART = 12
/** Encodings of a short secret in hex and base64 are short, too; those shorter than this may be words. */
const SHORTEST_ENCODING = 8
/** No token is longer than this: of longer texts only the beginning is known in parts and encodings. */
const LONGEST = 10_000
const MASK = "****"

const HEX = "0123456789abcdef"
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => `${HEX[byte >> 4]}${HEX[byte & 15]}`).join("")

/** Base64 without padding; with `before`, as it is when so many bytes come first, as far as these bytes determine it. */
const base64Of = (bytes: Uint8Array, before = 0): string => {
  const all = bytes.reduce((text, byte) => text + byte.toString(2).padStart(8, "0"), "")
  // Letters that also contain bits of neighbouring bytes are left out.
  const bits = before > 0 ? all.slice(6 - ((before * 8) % 6)) : all
  const letters = before > 0 ? Math.floor(bits.length / 6) : Math.ceil(bits.length / 6)
  let text = ""
  for (let at = 0; at < letters; at++) {
    text += BASE64[Number.parseInt(bits.slice(6 * at, 6 * at + 6).padEnd(6, "0"), 2)]
  }
  return text
}

const urlSafe = (base64: string): string => base64.replaceAll("+", "-").replaceAll("/", "_")

const lowerEscapes = (text: string): string => text.replace(/%[0-9A-Fa-f]{2}/g, (byte) => byte.toLowerCase())

/** Encodings in which a secret is found as a whole, however short it is. */
const formsOf = (secret: string): ReadonlyArray<string> => {
  const bytes = bytesOf(secret)
  const hex = hexOf(bytes)
  const base64 = base64Of(bytes)
  // Through bytes, as half a surrogate pair cannot be encoded.
  const url = encodeURIComponent(textOf(bytes))
  const encoded = (letter: string): string => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
  const strict = url.replace(/[!'()*]/g, encoded)
  const field = url.replace(/[!'()*~]/g, encoded).replaceAll("%20", "+")
  const every = hex.toUpperCase().replace(/../g, "%$&")
  const urls = [url, strict, field, every]
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    ...urls,
    ...urls.map(lowerEscapes),
    ...[hex, hex.toUpperCase(), base64, urlSafe(base64)].filter(({ length }) => length >= SHORTEST_ENCODING)
  ]
}

/** The part of a secret that is found in the encoding of a longer text. */
const innerFormsOf = (secret: string): ReadonlyArray<string> =>
  [1, 2].flatMap((before) => {
    const base64 = base64Of(bytesOf(secret), before)
    return [base64, urlSafe(base64)]
  })

/** All places of `form` in a text that do not overlap. */
const placesOf = (text: string, form: string): ReadonlyArray<number> => {
  const places: Array<number> = []
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) places.push(at)
  return places
}

/** A redactor that knows these secrets. */
export const redactorOf = (...secrets: ReadonlyArray<string>): Redactor => {
  const forms = new Set<string>()
  /** Every part of every form with exactly `PART` letters. */
  const parts = new Set<string>()
  const known = new Set<string>()

  const learn = (...further: ReadonlyArray<string>): void => {
    for (const secret of further) {
      if (secret === "" || known.has(secret)) continue
      known.add(secret)
      forms.add(secret)
      const head = secret.slice(0, LONGEST)
      const whole = formsOf(head)
      for (const form of whole) forms.add(form)
      if (secret.length < PART) continue
      for (const form of [...whole, ...innerFormsOf(head)]) {
        for (let at = 0; at + PART <= form.length; at++) parts.add(form.slice(at, at + PART))
      }
    }
  }

  const redact = (text: string): string => {
    /** For each letter, whether it belongs to a secret. */
    const hidden = new Uint8Array(text.length)
    // Each escape may be in letters of either case.
    for (const spelled of new Set([text, lowerEscapes(text)])) {
      for (const form of forms) {
        for (const at of placesOf(spelled, form)) hidden.fill(1, at, at + form.length)
      }
      if (parts.size === 0) continue
      for (let at = 0; at + PART <= spelled.length; at++) {
        if (parts.has(spelled.slice(at, at + PART))) hidden.fill(1, at, at + PART)
      }
    }
    let rest = ""
    for (let at = 0; at < text.length; ) {
      const end = hidden.indexOf(1 - (hidden[at] as number), at)
      const to = end < 0 ? text.length : end
      rest += hidden[at] === 1 ? MASK : text.slice(at, to)
      at = to
    }
    return rest
  }

  learn(...secrets)
  return { learn, redact }
}

/** Letters of a foreign text that go into a message. */
const MAX_LETTERS = 200

/** A foreign text, fit for a message. Secrets are taken out before it is cut, or half of one could be left. */
export const excerpt = (text: string, redact: (text: string) => string): string => redact(text).slice(0, MAX_LETTERS)
