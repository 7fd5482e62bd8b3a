import type { SourceStream } from "@pipedrive-source/core"
import type { JsonObject, Source } from "@pipedrive-source/core/reader"
import type { CustomSeed, CustomType, Emulator, FieldedEntity } from "pipedrive-emulator"
import { describe, expect, it } from "vitest"
import { small, WORLDS } from "../company.ts"
import { columnValue, type Discovered, definitionsFor, discoverNamed, labelsOf } from "../custom-fields.ts"
import { costOf } from "../endpoints.ts"
import { type Member, membersOf } from "../json-text.ts"
import { type Random, random } from "../random.ts"
import { type Line, run } from "../run.ts"
import { expectNone } from "./none.ts"

// SPEC 36, 37

/** A definition list costs so much, and so do the texts of lead labels. */
const LIST_TOKENS = 10

const ODD: CustomSeed = { rareTypes: true, oddNames: true, oddValues: true }

/** What named columns a row has to end with. */
const expectedIn = (
  stream: SourceStream,
  { fields, labels }: ReturnType<typeof definitionsFor>,
  row: string,
  { columns }: Pick<Discovered, "columns">
): ReadonlyArray<Member> => {
  const own = new Map(membersOf(row))
  const inner = stream.customFields?.in === "row" ? own : new Map(membersOf(own.get("custom_fields") ?? "{}"))
  return columns.map((column) => {
    const definition = column.key === undefined ? undefined : fields.get(column.key)
    if (column.key === undefined) return [column.name, labelsOf(own.get("label_ids") ?? "null", labels)]
    return [column.name, definition === undefined ? "null" : columnValue(inner, definition, column)]
  })
}

const byText = ({ text }: Line): string => text.slice(0, text.indexOf(","))
const inOrder = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> =>
  [...lines].sort((a, b) => (byText(a) < byText(b) ? -1 : 1))

/** Everything wrong with rows that were read with custom fields as columns. */
const wrongIn = (
  stream: SourceStream,
  emulator: Emulator,
  raw: ReadonlyArray<Line>,
  named: ReadonlyArray<Line>,
  discovered: Pick<Discovered, "columns">
): ReadonlyArray<string> => {
  if (named.length !== raw.length) return [`${named.length} rows were sent, not ${raw.length}`]
  const definitions = definitionsFor(emulator, stream)
  const sent = inOrder(named)
  return inOrder(raw).flatMap(({ text, added }, at) => {
    const line = sent[at] as Line
    const start = text.slice(0, -1)
    if (!line.text.startsWith(start) || line.added !== added) return [`${byText(line)} is not the row as it was`]
    const found = new Map(membersOf(`{${line.text.slice(start.length + 1)}`))
    const expected = new Map(expectedIn(stream, definitions, text, discovered))
    const names = [...new Set([...found.keys(), ...expected.keys()])]
    return names.flatMap((name) =>
      found.get(name) === expected.get(name)
        ? []
        : [`${byText(line)}: ${name} is ${found.get(name)}, not ${expected.get(name)}`]
    )
  })
}

const readAll = (
  source: Source,
  stream: SourceStream,
  emulator: Emulator,
  config?: JsonObject,
  properties?: JsonObject
) =>
  run({
    source,
    emulator,
    streams: [stream.name],
    mode: "full_refresh",
    ...(config !== undefined && { config }),
    ...(properties !== undefined && { properties: new Map([[stream.name, properties]]) })
  })

const entityOf = (stream: SourceStream): FieldedEntity => stream.customFields?.of as FieldedEntity

const TYPES: ReadonlyArray<CustomType> = [
  "varchar",
  "double",
  "monetary",
  "enum",
  "set",
  "daterange",
  "time",
  "address"
]
const NAMES = ["Price", "price", "Price currency", "Größe", "🚀", "Price until", "Fields"]

/** One change that an admin might make. */
const change = ({ customFields }: Emulator, entity: FieldedEntity, chance: Random): void => {
  const fields = customFields.list(entity)
  const field = chance.pick(fields)
  const option = field?.options.filter(({ isRemoved }) => !isRemoved)[0]
  const kind = chance.below(10)
  if (kind < 3 || field === undefined) {
    customFields.create(entity, { name: chance.pick(NAMES), type: chance.pick(TYPES) })
  } else if (kind < 6) customFields.rename(entity, field.key, chance.pick(NAMES))
  else if (kind < 8) customFields.remove(entity, field.key)
  else if (option !== undefined && kind === 8)
    customFields.renameOption(entity, field.key, option.id, `New ${option.label}`)
  else if (option !== undefined) customFields.removeOption(entity, field.key, option.id)
}

const keyed = ({ columns }: Discovered): ReadonlyMap<string, string> =>
  new Map(columns.map(({ name, key, part }) => [name, `${key} ${part}`]))

/** Custom fields as columns of their own. */
export const customFieldTests = (source: Source, stream: SourceStream): void => {
  describe("with custom fields named", () => {
    it.each(WORLDS)("adds their columns to rows that stay as they are, $name", async (world) => {
      const { emulator } = await small(world, { customFields: ODD })
      const discovered = await discoverNamed(emulator, source, stream)
      expect(discovered.columns.length).toBeGreaterThan(30)
      const names = Object.keys(discovered.properties).map((name) => name.toLowerCase())
      expect(new Set(names).size).toBe(names.length)
      const raw = await readAll(source, stream, emulator)
      const named = await readAll(source, stream, emulator, discovered.config, discovered.properties)
      expect(named.ended.get(stream.name)?.error).toBeUndefined()
      expect(raw.lines.length).toBeGreaterThan(0)
      expectNone(wrongIn(stream, emulator, raw.lines, named.lines, discovered))
      const beyond = costOf(named.requests) - costOf(raw.requests)
      expect(beyond).toBe(stream.customFields?.labels === "leadLabels" ? 2 * LIST_TOKENS : LIST_TOKENS)
      expect(named.ended.get(stream.name)?.summary.tokens).toBe(costOf(named.requests))
    })

    it("sends the same columns to a catalog that declares nothing, and to one that declares names alone", async () => {
      const { emulator } = await small(WORLDS[0] as (typeof WORLDS)[number], { customFields: ODD })
      const { config, properties } = await discoverNamed(emulator, source, stream)
      const bare = Object.fromEntries(Object.keys(properties).map((name) => [name, {}]))
      const named = await readAll(source, stream, emulator, config, properties)
      const texts = (lines: ReadonlyArray<Line>) => lines.map(({ text }) => text).sort()
      for (const given of [undefined, bare])
        expect(texts((await readAll(source, stream, emulator, config, given)).lines)).toEqual(texts(named.lines))
    })

    it.each([1, 2, 3, 4, 5, 6])("keeps every column with its field, history %i", async (seed) => {
      const chance = random(seed)
      const { emulator } = await small(WORLDS[0] as (typeof WORLDS)[number], { seed })
      const entity = entityOf(stream)
      let config: JsonObject = {}
      let known: ReadonlyMap<string, string> = new Map()
      let catalog: Discovered | undefined
      for (let round = 0; round < 5; round++) {
        for (let changes = chance.below(6); changes > 0; changes--) change(emulator, entity, chance)
        const before = new Set(Object.values(config["custom_field_names"] ?? {}).flatMap(Object.keys))
        const discovered = await discoverNamed(emulator, source, stream, config)
        const isNew = emulator.customFields.list(entity).some(({ key }) => !before.has(key))
        expect(discovered.announced).toBe(isNew || round === 0 ? 1 : 0)
        config = discovered.config
        const columns = keyed(discovered)
        for (const [name, key] of known) expect([name, columns.get(name)]).toEqual([name, key])
        known = columns
        // A connection refreshes its schema when its owner gets round to it.
        if (catalog === undefined || chance.once(2)) catalog = discovered
        const raw = await readAll(source, stream, emulator)
        const named = await readAll(source, stream, emulator, config, catalog.properties)
        expectNone(wrongIn(stream, emulator, raw.lines, named.lines, catalog), `round ${round}`)
      }
    })
  })
}
