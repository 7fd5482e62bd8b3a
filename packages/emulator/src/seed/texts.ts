import { hash } from "../random.ts"

/** Texts that break careless readers: separators, quotes, braces, other scripts, control and lone characters. */
export const AWKWARD: ReadonlyArray<string> = [
  'Rope "double" & \\back\\slash {brace} [bracket]',
  "Line\u2028separator\u2029paragraph\u0085next",
  "Rocket 🚀 family 👩‍👩‍👧 flag 🇪🇪",
  'Looks like data: }],"additional_data":{"next_cursor":"x"}',
  "Tab\tnew\nline\rreturn\u0001",
  "東京の株式会社 עברית العربية Ñandú",
  "Half a pair \ud83d alone",
  "  spaces  and / slash \u00a0 no-break "
]

/** Numbers whose text is lost when they are read as doubles and written again. */
export const ODD_NUMBERS: ReadonlyArray<string> = [
  "9007199254740993",
  "1.10",
  "0.10",
  "1e3",
  "-0.5",
  "12345678901234567890.123456789",
  "1.0",
  "2E-2"
]

const FIRST = ["Aino", "Bram", "Chiara", "Dov", "Eszter", "Farid", "Greta", "Hana", "Ivo", "Jaan", "Kofi", "Lise"]
const LAST = ["Almgren", "Bekker", "Castell", "Duarte", "Eklund", "Fontana", "Grigor", "Halme", "Ilves", "Janssen"]
const COMPANY = ["Nordlicht", "Kestrel", "Blue Quarry", "Tammsaare", "Pomelo", "Ironbark", "Vela", "Harrow", "Sisu"]
const KIND = ["Logistics", "Foods", "Robotics", "Studio", "Energy", "Paper", "Optics", "Marine"]
const GOODS = ["Bearing", "Pallet", "Sensor", "Licence", "Workshop", "Lantern", "Valve", "Ledger", "Anchor", "Lens"]
const VERB = ["Call", "Visit", "Send offer to", "Review contract with", "Follow up", "Plan rollout for"]

const pick = (list: ReadonlyArray<string>, a: number, b: number): string => list[hash(a, b) % list.length] as string

export const firstName = (n: number): string => pick(FIRST, n, 11)
export const lastName = (n: number): string => pick(LAST, n, 12)
export const company = (n: number): string => `${pick(COMPANY, n, 13)} ${pick(KIND, n, 14)}`
export const goods = (n: number): string => pick(GOODS, n, 15)
const verb = (n: number): string => pick(VERB, n, 16)

/** An ordinary sentence, or an awkward text for every eighth variant. */
export const sentence = (n: number): string =>
  n % 8 === 5
    ? (AWKWARD[Math.floor(n / 8) % AWKWARD.length] as string)
    : `${verb(n)} ${company(n)} about the ${goods(n).toLowerCase()} order`

/** JSON text of a string without its closing quote, for texts that end in a row's number. */
export const opening = (text: string): string => JSON.stringify(text).slice(0, -1)
