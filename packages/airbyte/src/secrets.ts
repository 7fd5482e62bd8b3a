import { isObject, redactorOf } from "@pipedrive-source/core/connection"

/** Shorter ones would mask ordinary words. */
const shortest = 4

/** The names of all properties that the spec marks as secret, at any depth. */
export const secretNames = (spec: unknown): ReadonlySet<string> => {
  const names = new Set<string>()
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(item)
    if (!isObject(value)) return
    for (const [name, member] of Object.entries(value)) {
      if (isObject(member) && member.airbyte_secret === true) names.add(name)
      walk(member)
    }
  }
  walk(spec)
  return names
}

/** Collects the secrets of configs and takes them out of text. */
export interface Redactor {
  readonly learn: (config: unknown) => void
  readonly redact: (text: string) => string
}

/** Makes a redactor for the properties of these names. */
export const makeRedactor = (names: ReadonlySet<string>): Redactor => {
  const secrets = redactorOf()
  const learn = (config: unknown): void => {
    // Without recursion: a config may be nested deeper than the call stack allows.
    const left = [config]
    for (let value = left.pop(); value !== undefined; value = left.pop()) {
      if (Array.isArray(value)) for (const item of value) left.push(item ?? null)
      if (!isObject(value)) continue
      for (const [name, member] of Object.entries(value)) {
        if (names.has(name) && typeof member === "string" && member.length >= shortest) secrets.learn(member)
        left.push(member ?? null)
      }
    }
  }
  return { learn, redact: secrets.redact }
}
