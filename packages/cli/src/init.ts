import { existsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import * as prompts from "@clack/prompts"
import { makeNetwork, type PeopleSource, savableFile, saveConfig } from "@pipedrive-source/airbyte/host"
import { configFields } from "@pipedrive-source/core"
import type { JsonObject, Source } from "@pipedrive-source/core/reader"
import * as Result from "effect/Result"
import { chosenBy, groupsOf, isDefault, priceOf } from "./choose.ts"
import { type App, askConsent } from "./consent.ts"
import { configuredCatalog, discover } from "./discover.ts"
import { Failure } from "./failure.ts"
import { CATALOG, CONFIG, writeCatalog } from "./folder.ts"
import { openSession, openSource, successOf, whoAmI } from "./session.ts"
import { colours, counted, say, sayJson, tell, wrapped } from "./terminal.ts"

export interface InitOptions {
  readonly apiToken?: string
  readonly clientId?: string
  readonly clientSecret?: string
  readonly baseUrl?: string
  readonly streams?: string
  readonly port: string
  readonly force: boolean
  readonly raw: boolean
  readonly keepDeleted: boolean
  readonly json: boolean
}

const CONSENT_MS = 300_000
const OAUTH_ORIGIN = "https://oauth.pipedrive.com"

const isInteractive = ({ json }: InitOptions): boolean => process.stdin.isTTY && process.stdout.isTTY && !json

/** The answer to a prompt; the command ends where it was called off. */
const answered = <A>(answer: A): Exclude<A, symbol> => {
  if (prompts.isCancel(answer)) throw new Failure("Nothing was changed.")
  return answer as Exclude<A, symbol>
}

const isNeeded = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === "" ? "It cannot be empty." : undefined

const askOverwriting = async (options: InitOptions): Promise<void> => {
  const held = [CONFIG, CATALOG].filter((file) => existsSync(file))
  if (held.length === 0 || options.force) return
  const what = `${held.join(" and ")} ${held.length === 1 ? "is" : "are"} here already.`
  if (!isInteractive(options)) throw new Failure(`${what} Pass --force to overwrite.`)
  if (!answered(await prompts.confirm({ message: `${what} Overwrite?`, initialValue: false })))
    throw new Failure("Nothing was changed.")
}

const allow = async (app: App, options: InitOptions, people: PeopleSource): Promise<JsonObject> => {
  const port = Number(options.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Failure("--port wants a number from 1 to 65535.", 2)
  const network = makeNetwork(1)
  try {
    return await askConsent({
      app,
      origin: options.baseUrl?.startsWith("http:") ? options.baseUrl.replace(/\/+$/, "") : OAUTH_ORIGIN,
      port,
      send: network.send,
      userAgent: `${people.name}/${people.version}`,
      show: (address, callback) =>
        tell(`Open this address in your browser, where ${callback} is the app's callback URL:\n\n${address}\n`),
      openBrowser: isInteractive(options),
      patienceMs: CONSENT_MS
    })
  } finally {
    network.close()
  }
}

const askApp = async ({ clientId, clientSecret }: InitOptions): Promise<App> => ({
  clientId: clientId ?? answered(await prompts.text({ message: "Client ID of the OAuth app", validate: isNeeded })),
  clientSecret: clientSecret ?? answered(await prompts.password({ message: "Client secret", validate: isNeeded }))
})

const credentialsOf = async (options: InitOptions, people: PeopleSource): Promise<JsonObject> => {
  const token = (api_token: string): JsonObject => ({ auth_type: "api_token", api_token: api_token.trim() })
  const given = options.apiToken ?? process.env.PIPEDRIVE_API_TOKEN
  if (options.clientId !== undefined && options.clientSecret !== undefined)
    return allow({ clientId: options.clientId, clientSecret: options.clientSecret }, options, people)
  if (given !== undefined && given.trim() !== "") return token(given)
  if (!isInteractive(options))
    throw new Failure("There is no terminal to ask at. Pass --api-token, or set PIPEDRIVE_API_TOKEN.", 2)
  const how = answered(
    await prompts.select({
      message: "How do you sign in?",
      options: [
        { value: "token", label: "API token", hint: "Pipedrive > Personal preferences > API" },
        { value: "oauth", label: "OAuth app", hint: "of Pipedrive's Developer Hub" }
      ]
    })
  )
  if (how === "oauth") return allow(await askApp(options), options, people)
  return token(answered(await prompts.password({ message: "API token", validate: isNeeded })))
}

const askStreams = async (people: PeopleSource, source: Source): Promise<ReadonlySet<string>> => {
  const standard = source.streams.filter(isDefault)
  const word = answered(
    await prompts.select({
      message: "Which streams?",
      options: [
        {
          value: "default",
          label: `The usual ${standard.length}`,
          hint: "deals, persons, activities …: cheap to keep current"
        },
        { value: "all", label: `All ${source.streams.length}`, hint: "some cost a request for each deal" },
        { value: "choose", label: "Let me choose" }
      ]
    })
  )
  if (word !== "choose") return chosenBy(source, word)
  const groups = await groupsOf(people, source)
  const chosen = answered(
    await prompts.groupMultiselect({
      message: "Space selects, enter ends",
      options: Object.fromEntries(
        groups.map(({ name, streams }) => [
          name,
          streams.map((stream) => ({ value: stream.name, label: stream.name, hint: `tokens: ${priceOf(stream)}` }))
        ])
      ),
      initialValues: standard.map(({ name }) => name),
      required: true
    })
  )
  return new Set(chosen)
}

/** Options of the config that a person at a table wants, as far as this source has them. */
const preferences = ({ keepDeleted, raw }: InitOptions): JsonObject => ({
  ...("custom_fields" in configFields && !raw && { custom_fields: "named" }),
  ...("track_deletions" in configFields && !keepDeleted && { track_deletions: true })
})

const isInCheckout = (folder: string): boolean => {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return true
    if (dirname(at) === at) return false
  }
}

/** Makes the two files of a folder. */
export const init = async (people: PeopleSource, options: InitOptions): Promise<void> => {
  const interactive = isInteractive(options)
  const source = await openSource(people)
  const asked = options.streams === undefined ? undefined : chosenBy(source, options.streams)
  if (interactive) prompts.intro("Pipedrive, in tables")
  await askOverwriting(options)
  // Before somebody consents to what could not be kept.
  if (Result.isFailure(savableFile(CONFIG)))
    throw new Failure(`${CONFIG} cannot be written here. Run init in a folder that you may write to.`)
  const config = {
    credentials: await credentialsOf(options, people),
    ...(options.baseUrl !== undefined && { base_url: options.baseUrl }),
    ...preferences(options)
  }
  const trying = await openSession(people, config)
  const me = await whoAmI(trying).finally(trying.close)
  const names = asked ?? (interactive ? await askStreams(people, source) : chosenBy(source, "default"))
  // A token may have been renewed meanwhile.
  const { raw } = trying.config()
  successOf(saveConfig(CONFIG, raw))
  const session = await openSession(people, raw, CONFIG)
  try {
    const { streams } = await discover(session, names)
    writeCatalog(CATALOG, configuredCatalog(streams))
    if (options.json)
      return sayJson({
        user: me.user,
        company: me.company,
        config: CONFIG,
        catalog: CATALOG,
        streams: streams.map(({ name }) => name)
      })
    say(`Connected as ${colours.bold(me.user)} of ${colours.bold(me.company)}.`)
    say(`${CONFIG} holds the token: only you can read it.`)
    say(`${CATALOG} selects ${counted(streams.length, "stream")}.`)
    if (isInCheckout("."))
      say(
        colours.yellow(wrapped(`This folder is in a git checkout: add ${CONFIG} to .gitignore, as it holds a secret.`))
      )
    say(`Next: ${people.command} sync --to pipedrive.duckdb`)
  } finally {
    session.close()
  }
}
