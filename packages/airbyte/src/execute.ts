/**
 * Runs one of the three commands that need a config, `check`, `discover` and `read`, to its end, whatever ends it. A
 * check does not wait for the reader: that is loaded when it is asked for.
 */
import { type ReadError, SystemError } from "@pipedrive-source/core/connection"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { check } from "./check.ts"
import type { SourceCommand } from "./cli.ts"
import { type Edge, openEdge } from "./edge.ts"
import { hasReader, withHeartbeat } from "./heartbeat.ts"
import { connectionStatusLine, type Lines, logLine } from "./protocol.ts"
import type { Setup } from "./setup.ts"
import { watchSignals } from "./signals.ts"
import type { Output } from "./stdout.ts"

type Program = Effect.Effect<void, ReadError, Scope.Scope>

const load = async (edge: Edge, command: SourceCommand, setup: Setup): Promise<Program> => {
  switch (command._tag) {
    case "Check":
      return check(edge, command, setup)
    case "Discover":
      return (await import("./discover.ts")).discover(edge, command, setup)
    case "Read":
      return (await import("./read.ts")).read(edge, command, setup)
  }
}

const unexpectedError = (cause: unknown): SystemError =>
  new SystemError({ message: "An unexpected error ended the run; see its internal message for details.", cause })

/** How a command reports a defect: a check gives its answer all the same. */
const defectLines = (edge: Edge, command: SourceCommand, defect: SystemError): ReadonlyArray<Lines> => [
  ...edge.failureOf(defect),
  ...(command._tag === "Check" ? [connectionStatusLine("FAILED", defect.message)] : [])
]

/** Written while a read has nothing else to say. */
const heartbeatLine = (): Lines => logLine("INFO", "Waiting for Pipedrive.")

/** Runs one command until it ends by itself, by a signal, or because nobody reads its output any more. */
export const execute = async (command: SourceCommand, setup: Setup, stdout: Output): Promise<void> => {
  const beats = command._tag === "Read" && hasReader(process.stdout.fd)
  const { output, stop: stopHeartbeat } = beats
    ? withHeartbeat(stdout, heartbeatLine)
    : { output: stdout, stop: () => {} }
  const edge = openEdge({ output, ...command })
  const program = Effect.flatten(Effect.promise(() => load(edge, command, setup)))
  const fiber = Effect.runFork(Effect.scoped(program).pipe(Effect.catch((error) => edge.say(edge.failureOf(error)))))
  let stray: SystemError | undefined
  const stop = (): void => fiber.interruptUnsafe()
  const onStray = (cause: unknown): void => {
    stray ??= unexpectedError(cause)
    stop()
  }
  process.on("uncaughtException", onStray)
  output.onEnd(stop)
  const signals = watchSignals(stop)

  const exit = await new Promise<Exit.Exit<void>>((done) => fiber.addObserver(done))
  const defect = Exit.isFailure(exit) && Cause.hasDies(exit.cause) ? unexpectedError(Cause.squash(exit.cause)) : stray
  await output.write([...(defect === undefined ? [] : defectLines(edge, command, defect)), ...edge.finish()])
  await output.flush()
  stopHeartbeat()
  edge.close()
  process.off("uncaughtException", onStray)
  const signal = signals.received()
  if (signal !== undefined) return signals.die(signal)
  signals.release()
  const hasFailed = edge.hasFailed() && !(command._tag === "Check" && defect !== undefined)
  process.exitCode = output.end() === "failed" || (output.end() === "open" && hasFailed) ? 1 : 0
}
