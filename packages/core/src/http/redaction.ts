import { bytesOf, textOf } from "../page/text.ts"

/** Takes secrets out of texts, whole or in parts, as they are or encoded. */
export interface Redactor {
  /** Further secrets to take out. */
  readonly learn: (...secrets: ReadonlyArray<string>) => void
  readonly redact: (text: string) => string
}

/** A part of a secret that has so many letters tells something of it; fewer may stand in any text. */
const PART = 12
/** Where a secret is short, so are its encodings in hex and base64; those shorter than this may be words. */
const SHORTEST_ENCODING = 8
/** Of what is longer, nobody's token, the beginning alone is known in parts and encodings. */
const LONGEST = 10_000
const MASK = "****"

const HEX = "0123456789abcdef"
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => `${HEX[byte >> 4]}${HEX[byte & 15]}`).join("")

/** Base64 without padding; with `before`, that of the bytes where so many stand before them, as far as they settle it. */
const base64Of = (bytes: Uint8Array, before = 0): string => {
  const all = bytes.reduce((text, byte) => text + byte.toString(2).padStart(8, "0"), "")
  // Letters that hold bits of neighbours, too, are left out.
  const bits = before > 0 ? all.slice(6 - ((before * 8) % 6)) : all
  const letters = before > 0 ? Math.floor(bits.length / 6) : Math.ceil(bits.length / 6)
  let text = ""
  for (let at = 0; at < letters; at++) {
    text += BASE64[Number.parseInt(bits.slice(6 * at, 6 * at + 6).padEnd(6, "0"), 2)]
  }
  return text
}

const urlSafe = (base64: string): string => base64.replaceAll("+", "-").replaceAll("/", "_")

const lowerEscapes = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())

/** Encodings of a secret in which it is found whole, however short it is. */
const formsOf = (secret: string): ReadonlyArray<string> => {
  const bytes = bytesOf(secret)
  const hex = hexOf(bytes)
  const base64 = base64Of(bytes)
  // By way of bytes, as half a surrogate pair cannot be encoded.
  const url = encodeURIComponent(textOf(bytes))
  const encoded = (letter: string): string => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
  const strict = url.replace(/[!'()*]/g, encoded)
  const field = url.replace(/[!'()*~]/g, encoded).replaceAll("%20", "+")
  const urls = [url, strict, field]
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

/** What of a secret is found within the encoding of a longer text. */
const innerFormsOf = (secret: string): ReadonlyArray<string> =>
  [1, 2].flatMap((before) => {
    const base64 = base64Of(bytesOf(secret), before)
    return [base64, urlSafe(base64)]
  })

/** All places of `form` in a text, those left out that overlap with the one before. */
const placesOf = (text: string, form: string): ReadonlyArray<number> => {
  const places: Array<number> = []
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) places.push(at)
  return places
}

/** A redactor that knows these secrets. */
export const redactorOf = (...secrets: ReadonlyArray<string>): Redactor => {
  const forms = new Set<string>()
  /** Every part of every form that has just so many letters. */
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
    for (const form of forms) {
      for (const at of placesOf(text, form)) hidden.fill(1, at, at + form.length)
    }
    if (parts.size > 0) {
      for (let at = 0; at + PART <= text.length; at++) {
        if (parts.has(text.slice(at, at + PART))) hidden.fill(1, at, at + PART)
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
