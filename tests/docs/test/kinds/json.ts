import { Ajv } from "ajv"
import { streamNames } from "../account.ts"
import type { Block } from "../markdown.ts"
import type { Story } from "../story.ts"

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const catalogOf = (names: ReadonlyArray<string>): Json => ({
  streams: names.map((name) => ({ stream: { name }, sync_mode: "incremental", destination_sync_mode: "append" }))
})

/** The account's credentials in place of somebody's. */
const ownConfig = (config: Json, { account: { emulator } }: Story): Json => {
  const { credentials = { auth_type: "api_token" } } = config
  const isOAuth = isObject(credentials) && credentials["auth_type"] === "oauth2.0"
  const { clientId, clientSecret, refreshToken } = emulator.oauth
  const own = isOAuth
    ? { client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken }
    : { api_token: emulator.apiToken }
  return { ...config, credentials: { ...(credentials as object), ...own }, base_url: emulator.url }
}

/** The file that a block is: the last that is named before it, where that is near. */
const fileOf = ({ named }: Block, usual: string): string =>
  named.slice(0, 3).find((word) => /^[\w-]+\.json$/.test(word)) ?? usual

/** Options of a config: those of the form, and two that are not in it. */
const optionsOf = async ({ account }: Story): Promise<ReadonlySet<string>> =>
  new Set([...Object.keys((await account.schema()).properties), "base_url", "custom_field_names"])

/** A config, or a part of one, keeps the schema of `spec`, with no other options, and passes `check`. */
const runConfig = async (config: Json, block: Block, story: Story): Promise<void> => {
  const known = await optionsOf(story)
  const unknown = Object.keys(config).filter((key) => !known.has(key))
  if (unknown.length > 0) throw new Error(`there is no option ${unknown.join(", ")}`)
  const ajv = new Ajv({ strict: false, validateFormats: false })
  const own = ownConfig(config, story)
  const whole = { ...own, ...config, ...(config["credentials"] === undefined && { credentials: own["credentials"] }) }
  if (!ajv.validate(await story.account.schema(), whole)) throw new Error(`spec does not allow it: ${ajv.errorsText()}`)
  const answers = await story.account.source("check", { config: own })
  const { connectionStatus } = answers.find((each) => each.connectionStatus !== undefined) ?? {}
  if (connectionStatus?.status !== "SUCCEEDED") throw new Error(`check says: ${connectionStatus?.message}`)
  story.write(fileOf(block, "config.json"), JSON.stringify(own))
}

/** A configured catalog is read. */
const runCatalog = async (catalog: Json, block: Block, story: Story): Promise<void> => {
  await story.account.source("read", { config: story.account.config, catalog })
  story.write(fileOf(block, "catalog.json"), JSON.stringify(catalog))
}

const namesIn = (states: ReadonlyArray<Json>): ReadonlyArray<string> =>
  states.map((each) => {
    const { stream } = isObject(each["state"]) ? each["state"] : each
    const descriptor = isObject(stream) ? stream["stream_descriptor"] : undefined
    return isObject(descriptor) ? String(descriptor["name"]) : ""
  })

/** A file of states is taken by a read of their streams, without a warning. */
const runStates = async (states: unknown, names: ReadonlyArray<string>, story: Story): Promise<void> => {
  const unknown = names.filter((name) => !streamNames.has(name))
  if (unknown.length > 0) throw new Error(`there is no stream ${unknown.join(", ")}`)
  const messages = await story.account.source("read", {
    config: story.account.config,
    catalog: catalogOf([...new Set(names)]),
    state: states
  })
  const warnings = messages.flatMap(({ log }) => (log?.level === "WARN" ? [log.message] : []))
  if (warnings.length > 0) throw new Error(warnings.join("\n"))
}

/** Of which stream a bare state is: the one that is named nearest before it. */
const streamOf = ({ named }: Block): string => {
  const name = named.find((each) => streamNames.has(each))
  if (name === undefined) throw new Error("It is a state; name its stream in code in the sentence before it.")
  return name
}

const isState = (value: unknown): boolean =>
  isObject(value) && (value["type"] === "STREAM" || value["type"] === "STATE")

/** What a value is decides what has to take it; a row or a message of another kind has to parse. */
const runValue = async (value: unknown, block: Block, story: Story): Promise<void> => {
  if (Array.isArray(value) && value.length > 0 && value.every(isState)) return runStates(value, namesIn(value), story)
  if (!isObject(value)) return
  if (isState(value)) return runStates([value], namesIn([value]), story)
  const { streams } = value
  const keys = Object.keys(value)
  if (Array.isArray(streams) && streams.every((each) => isObject(each) && isObject(each["stream"])))
    return runCatalog(value, block, story)
  if (Object.values(value).some((each) => isObject(each) && "_ab" in each)) return runStates(value, keys, story)
  if ("_ab" in value && !("id" in value)) {
    const name = streamOf(block)
    return runStates({ [name]: value }, [name], story)
  }
  const known = await optionsOf(story)
  const isPart = keys.length > 0 && keys.every((key) => known.has(key))
  if ("credentials" in value || isPart) return runConfig(value, block, story)
}

/** Parses a block, or each of its lines, and hands what it is to the command that takes it. */
export const runJson = async (block: Block, story: Story): Promise<void> => {
  const texts = block.language === "jsonl" ? block.text.split("\n").filter((line) => line !== "") : [block.text]
  for (const text of texts) await runValue(JSON.parse(text), block, story)
}
