import type { Listing, TextListing } from "./endpoint.ts"
import { toJson } from "./json.ts"

/** Lists that no table stands behind and that were changed by hand: from then on they stay as they are here. */
export class Overlay {
  readonly #lists = new Map<string, string[]>()
  #edits = 0

  /** The listing as it is now; `key` is its path and parameters. */
  over(key: string, listing: Listing): Listing {
    const texts = this.#lists.get(key)
    return texts === undefined || listing.kind === "rows" ? listing : { ...listing, texts }
  }

  #own(key: string, listing: TextListing): string[] {
    const texts = this.#lists.get(key) ?? [...listing.texts]
    this.#lists.set(key, texts)
    return texts
  }

  /** Changes the properties of a patch, or the last one that is no id when there is none. */
  edit(key: string, listing: TextListing, at: number, patch: Readonly<Record<string, unknown>>): string {
    const texts = this.#own(key, listing)
    const given = texts[at]
    if (given === undefined) throw new Error(`There is no row ${at}`)
    const row = JSON.parse(given) as Record<string, unknown>
    const changes: Record<string, unknown> = { ...patch }
    if (Object.keys(patch).length === 0) {
      const name = Object.keys(row).findLast((each) => !each.endsWith("id") && !each.endsWith("code"))
      if (name !== undefined) changes[name] = this.#other(row[name])
    }
    const text = toJson({ ...row, ...changes })
    texts[at] = text
    return text
  }

  #other(value: unknown): unknown {
    this.#edits++
    if (typeof value === "boolean") return !value
    if (typeof value === "number") return value + 1
    return Array.isArray(value) ? [...value, this.#edits] : `${String(value ?? "")} (edit ${this.#edits})`
  }

  remove(key: string, listing: TextListing, positions: ReadonlyArray<number>): void {
    const texts = this.#own(key, listing)
    for (const at of [...positions].sort((a, b) => b - a)) texts.splice(at, 1)
  }
}
