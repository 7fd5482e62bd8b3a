import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { EmulatorOptions } from "pipedrive-emulator"
import type { Ask, Report, Told } from "./account.ts"

/** An emulated company in a process of its own. */
export interface Company extends AsyncDisposable {
  readonly url: string
  readonly apiToken: string
  readonly report: () => Promise<Report>
  /** Edits so many rows of a list, minutes after whatever happened before. */
  readonly edit: (path: string, rows: number) => Promise<void>
}

/** Starts a company. It has no limits unless the options say so. */
export const startCompany = async (options: EmulatorOptions): Promise<Company> => {
  const child = fork(fileURLToPath(new URL("account.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"]
  })
  const ask = async (question: Ask): Promise<Told> => {
    const told = once(child, "message")
    child.send(question)
    return (await told)[0] as Told
  }
  const started = await ask({
    _tag: "Start",
    options: { burstLimit: 1_000_000, dailyTokens: 1_000_000_000, nullUpdateTimes: false, ...options }
  })
  if (started._tag !== "Started") throw new Error("the company did not start")
  return {
    url: started.url,
    apiToken: started.apiToken,
    report: async () => {
      const told = await ask({ _tag: "Report" })
      if (told._tag !== "Reported") throw new Error("the company did not report")
      return told
    },
    edit: async (path, rows) => {
      await ask({ _tag: "Edit", path, rows })
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, "exit")
      child.disconnect()
      await ended
    }
  }
}
