import type { PeopleSource } from "@pipedrive-source/airbyte/host"
import { decodeConfig, type JsonObject } from "@pipedrive-source/core/reader"
import * as Result from "effect/Result"
import { declared, type SelectedStream, updateCatalog } from "./discover.ts"
import { Failure } from "./failure.ts"
import { catalogPath, configPath, type Paths, readCatalog, readConfig } from "./folder.ts"
import { checkHost, type Reach, systemReach } from "./hosts.ts"
import { accessOf, probePrice } from "./probe.ts"
import { openSession, type Session, whoAmI } from "./session.ts"
import { colours, count, counted, say, sayJson, tell, wrapped } from "./terminal.ts"

export interface DoctorOptions extends Paths {
  readonly all: boolean
  readonly json: boolean
}

/** One thing that was looked at. */
export interface Finding {
  readonly level: "error" | "warning" | "ok"
  readonly what: string
  readonly remedy?: string
}

const ok = (what: string): Finding => ({ level: "ok", what })
const error = (what: string, remedy: string): Finding => ({ level: "error", what, remedy })
const warning = (what: string, remedy: string): Finding => ({ level: "warning", what, remedy })

const LEAST_NODE = [20, 19] as const
/** A clock that is this far off makes tokens look expired, and marks be of the future. */
const MOST_OFFSET_MS = 60_000
/** Without --all no more tokens are spent on asking for streams. */
const MOST_TOKENS = 500

const checkNode = (): Finding => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  const [least, leastMinor] = LEAST_NODE
  return major > least || (major === least && minor >= leastMinor)
    ? ok(`Node ${process.versions.node}.`)
    : error(`Node ${process.versions.node} is too old.`, `Install Node ${LEAST_NODE.join(".")} or newer.`)
}

const originsOf = (raw: JsonObject): ReadonlyArray<string> => {
  const { success } = Result.match(decodeConfig(raw), {
    onSuccess: ({ config }) => ({ success: config }),
    onFailure: () => ({ success: undefined })
  })
  if (success === undefined) return []
  const base = success.baseUrl ?? "https://api.pipedrive.com"
  const isLocal = base.startsWith("http:")
  return success.credentials._tag === "OAuth" && !isLocal ? ["https://oauth.pipedrive.com", base] : [base]
}

const checkClock = (session: Session): ReadonlyArray<Finding> => {
  const offset = session.meter.clockOffsetMs()
  if (offset === undefined) return []
  if (Math.abs(offset) <= MOST_OFFSET_MS) return [ok("The clock agrees with Pipedrive's.")]
  const minutes = counted(Math.abs(offset) / 60_000, "minute")
  return [
    error(
      `This machine's clock is ${minutes} ${offset > 0 ? "behind" : "ahead of"} Pipedrive's.`,
      "Set the clock, or turn on its setting by network time."
    )
  ]
}

const PLANS: ReadonlyArray<readonly [burst: number, name: string]> = [
  [20, "Lite"],
  [40, "Growth"],
  [100, "Premium"],
  [120, "Ultimate"]
]

const checkLimits = (session: Session): ReadonlyArray<Finding> => {
  const { burst, daily, left } = session.meter
  const limit = burst()
  const isOAuth = session.config().credentials._tag === "OAuth"
  const plan = PLANS.find(([requests]) => requests * (isOAuth ? 4 : 1) === limit)?.[1]
  const findings: Array<Finding> = []
  if (limit !== undefined)
    findings.push(ok(`${counted(limit, "request")} in two seconds${plan === undefined ? "" : `: the plan ${plan}`}.`))
  const remaining = left()
  const whole = daily()
  if (remaining === undefined || whole === undefined) return findings
  const share = Math.round((remaining / Math.max(1, whole)) * 100)
  const text = `${count(remaining)} of ${counted(whole, "token")} are left today (${share} %).`
  if (share >= 5) findings.push(ok(text))
  else
    findings.push(
      error(
        `Today's API budget is spent: ${text}`,
        "Wait until it is filled up at midnight in the company's time zone, or leave out streams: plan shows which cost most."
      )
    )
  return findings
}

const remedyOf = (why: string): string => {
  if (/scope/i.test(why)) return "Add the scope to the OAuth app, and allow the app again."
  if (/budget/i.test(why))
    return "Wait until the day's tokens are back, or leave out streams: plan shows which cost most."
  return "Use the token of a user who may see it, or take the stream out of the catalog."
}

const checkStreams = async (
  session: Session,
  selected: ReadonlyArray<SelectedStream>,
  options: DoctorOptions
): Promise<ReadonlyArray<Finding>> => {
  const findings: Array<Finding> = []
  let streams = selected.map(({ stream }) => stream)
  const price = probePrice(session.source, streams)
  if (price > MOST_TOKENS && !options.all) {
    const cheap = streams.filter((stream) => stream.parents === undefined)
    findings.push(ok(`${counted(streams.length - cheap.length, "stream")} of children not asked for: --all does.`))
    streams = cheap
  }
  tell(
    `Asking for ${counted(streams.length, "stream")}, about ${counted(probePrice(session.source, streams), "token")}.`
  )
  const readable: Array<string> = []
  for (const stream of streams) {
    const access = await accessOf(session, stream)
    if (access._tag === "Readable") readable.push(stream.name)
    if (access._tag === "NotAvailable")
      findings.push(
        warning(
          access.why,
          `The stream ${stream.name} stays empty. Take it out of the catalog, or book ${stream.addOn}.`
        )
      )
    if (access._tag === "Refused") findings.push(error(`${stream.name}: ${access.why}`, remedyOf(access.why)))
  }
  if (readable.length > 0)
    findings.push(ok(`${counted(readable.length, "stream")} can be read: ${readable.join(", ")}.`))
  return findings
}

/** Whether a failure is that of the network, which the checks of hosts tell better. */
const signInRemedy = (message: string): string => {
  if (/401|token/i.test(message) && !/budget/i.test(message))
    return "Copy the token anew from Pipedrive's Personal preferences > API, or run init again."
  if (/budget|429/i.test(message)) return "Wait until the day's tokens are back."
  if (/blocked|403/i.test(message))
    return "Wait, send fewer requests, or use another network: Pipedrive's edge refuses this one."
  return "Mend the way to Pipedrive's hosts, then run doctor again."
}

/** Looks at everything; never throws for what it finds. */
export const findingsOf = async (
  people: PeopleSource,
  options: DoctorOptions,
  reach: Reach = systemReach
): Promise<ReadonlyArray<Finding>> => {
  const findings: Array<Finding> = [checkNode()]
  const path = configPath(options)
  const raw = readConfig(path)
  for (const origin of originsOf(raw)) {
    const found = await checkHost(origin, reach, process.env)
    if (found !== undefined) findings.push(error(found.what, found.remedy))
  }
  let session: Session
  try {
    session = await openSession(people, raw, path)
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    return [...findings, error(cause.message, `Correct ${path}, or run init again.`)]
  }
  try {
    if (findings.some(({ level }) => level === "error")) return findings
    const me = await whoAmI(session).catch((cause: unknown) =>
      cause instanceof Failure ? cause : Promise.reject(cause)
    )
    findings.push(...checkClock(session), ...checkLimits(session))
    if (me instanceof Failure) return [...findings, error(me.message, signInRemedy(me.message))]
    findings.push(ok(`Signed in as ${me.user} of ${me.company}.`))
    const current = updateCatalog(session, readCatalog(catalogPath(options)), declared(session))
    for (const [stream, columns] of current.gained)
      findings.push(
        warning(`The catalog lacks columns of ${stream}: ${columns.join(", ")}.`, "The next sync adds them by itself.")
      )
    if (findings.some(({ level }) => level === "error") && (session.meter.left() ?? 1) <= 0) return findings
    findings.push(...(await checkStreams(session, current.selected, options)))
    return findings
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    return [...findings, error(cause.message, "Run init again, or correct the catalog.")]
  } finally {
    session.close()
  }
}

const MARKS = { error: colours.red("✗"), warning: colours.yellow("!"), ok: colours.green("✓") }
const ORDER = ["error", "warning", "ok"]

/** Tells what keeps streams from being read. */
export const doctor = async (people: PeopleSource, options: DoctorOptions): Promise<void> => {
  const found = await findingsOf(people, options)
  const findings = [...found].sort((one, other) => ORDER.indexOf(one.level) - ORDER.indexOf(other.level))
  process.exitCode = findings.some(({ level }) => level === "error") ? 1 : 0
  if (options.json) return sayJson({ ok: process.exitCode === 0, findings })
  for (const { level, remedy, what } of findings) {
    say(`${MARKS[level]} ${wrapped(what, "  ")}`)
    if (remedy !== undefined) say(`  ${colours.dim(wrapped(remedy, "  "))}`)
  }
}
