import { type EmulatorOptions, startEmulator } from "pipedrive-emulator"

/** What the process of an account is asked, and what it answers. */
export type Ask = { readonly _tag: "Start"; readonly options: EmulatorOptions } | { readonly _tag: "Report" }
export type Told =
  | { readonly _tag: "Started"; readonly url: string; readonly apiToken: string }
  | ({ readonly _tag: "Reported" } & Report)

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
    }
  }
})
process.on("disconnect", () => process.exit())
