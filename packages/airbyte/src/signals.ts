/** Signals that ask the process to end. */
export type StopSignal = "SIGTERM" | "SIGINT"

/** A watch over the signals that ask the process to end. */
export interface SignalWatch {
  /** The signal that came, if one did. */
  readonly received: () => StopSignal | undefined
  /** Ends the process by the signal that came, so that its parent sees the cause. */
  readonly die: (signal: StopSignal) => void
  /** Restores the signals' default action. */
  readonly release: () => void
}

/** The longest that stopping may take, in milliseconds: the sender of the signal may kill soon after. */
const graceMs = 4000

const exitCodes: { readonly [signal in StopSignal]: number } = { SIGTERM: 143, SIGINT: 130 }

/**
 * Calls `stop` at the first signal; the process ends by that signal within the grace time, whatever `stop` waits for.
 * Further signals are ignored: one Ctrl-C reaches a command both from the terminal and through npm.
 */
export const watchSignals = (stop: (signal: StopSignal) => void): SignalWatch => {
  let received: StopSignal | undefined
  let timer: NodeJS.Timeout | undefined

  const release = (): void => {
    clearTimeout(timer)
    process.off("SIGTERM", onSignal)
    process.off("SIGINT", onSignal)
  }
  const die = (signal: StopSignal): void => {
    release()
    // The first process of a container has no default action to end by.
    if (process.pid === 1) process.exit(exitCodes[signal])
    process.kill(process.pid, signal)
  }
  const onSignal = (name: NodeJS.Signals): void => {
    const signal = name === "SIGINT" ? "SIGINT" : "SIGTERM"
    if (received !== undefined) return
    received = signal
    timer = setTimeout(() => die(signal), graceMs)
    stop(signal)
  }

  process.on("SIGTERM", onSignal)
  process.on("SIGINT", onSignal)
  return { received: () => received, die, release }
}
