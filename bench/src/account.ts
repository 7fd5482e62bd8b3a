import { type EmulatorOptions, startEmulator } from "pipedrive-emulator"

/** What the process of an account is asked, and what it answers. */
export type Ask =
  | { readonly _tag: "Start"; readonly options: EmulatorOptions }
  | { readonly _tag: "Report" }
  | { readonly _tag: "Edit"; readonly path: string; readonly rows: number }
export type Told =
  | { readonly _tag: "Started"; readonly url: string; readonly apiToken: string }
  | ({ readonly _tag: "Reported" } & Report)
  | { readonly _tag: "Edited" }

/** What an account saw and did since the start or the report before. */
export interface Report {
  readonly requests: ReadonlyArray<Asked>
  /** Processor time it took. */
  readonly cpuSeconds: number
}

/** One request as the account saw it. */
export interface Asked {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly status: number
  readonly rows: number
}

/** After this long a change is settled: the next read but one does not read it again. */
const SETTLED_MS = 120_000

const tell = (told: Told): boolean | undefined => process.send?.(told)

// An account in a process of its own: its work must not count as that of whoever reads it.
let emulator: Awaited<ReturnType<typeof startEmulator>> | undefined
let cpuBefore = 0

/** Seconds of the processor since the call before. */
const cpuSeconds = (): number => {
  const { system, user } = process.cpuUsage()
  const now = (system + user) / 1_000_000
  const since = now - cpuBefore
  cpuBefore = now
  return since
}

process.on("message", async (ask: Ask) => {
  switch (ask._tag) {
    case "Start": {
      emulator = await startEmulator(ask.options)
      cpuSeconds()
      tell({ _tag: "Started", url: emulator.url, apiToken: emulator.apiToken })
      return
    }
    case "Report": {
      const requests = emulator?.requests.map(({ path, query, rows, status }) => ({ path, query, rows, status })) ?? []
      emulator?.clearRequests()
      tell({ _tag: "Reported", requests, cpuSeconds: cpuSeconds() })
      return
    }
    case "Edit": {
      emulator?.clock.advance(SETTLED_MS)
      emulator?.edit(ask.path, emulator.ids(ask.path).slice(0, ask.rows))
      emulator?.clock.advance(SETTLED_MS)
      tell({ _tag: "Edited" })
    }
  }
})
process.on("disconnect", () => process.exit())
