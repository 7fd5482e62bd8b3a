/**
 * The edge of one run: everything that leaves the process passes here. Events become messages on stdout, a changed
 * config is also saved, failures are also shown on the terminal, and secrets are taken out of every text.
 */
import { ConfigError, type Event, type ReadError, type SystemError } from "@pipedrive-source/core/connection"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { makeEncoder } from "./encoder.ts"
import { makeProgress } from "./progress.ts"
import type { Lines } from "./protocol.ts"
import { saveConfig } from "./save-config.ts"
import { makeRedactor, secretNames } from "./secrets.ts"
import { spec } from "./spec.ts"
import type { Output } from "./stdout.ts"

/** What a command reports through, and whether everything went well. */
export interface Edge {
  /** Reports an event of a read; resolves when the read may continue. */
  readonly emit: (event: Event) => Effect.Effect<void>
  readonly say: (lines: ReadonlyArray<Lines>) => Effect.Effect<void>
  /** Remembers a config's secrets, so that no text repeats them. */
  readonly learn: (config: unknown) => void
  readonly redact: (text: string) => string
  /** Keeps a failure for the end. */
  readonly hold: (error: ConfigError | SystemError, stream?: string) => void
  /** The lines of a failure of the whole run. */
  readonly failureOf: (error: ReadError) => ReadonlyArray<Lines>
  /** The last lines of the run. */
  readonly finish: () => ReadonlyArray<Lines>
  readonly hasFailed: () => boolean
  readonly close: () => void
}

interface EdgeOptions {
  readonly output: Output
  readonly debug: boolean
  readonly saveConfig?: string
}

/** Opens the edge of one run. */
export const openEdge = ({ output, debug, saveConfig: savePath }: EdgeOptions): Edge => {
  const { learn, redact } = makeRedactor(secretNames(spec))
  const encoder = makeEncoder({ nowMs: Date.now, debug, redact, lend: output.lend })
  const progress = makeProgress(process.stderr, process.stdout.isTTY)

  const say = (lines: ReadonlyArray<Lines>): Effect.Effect<void> => Effect.promise(() => output.write(lines))

  const hold: Edge["hold"] = (error, stream) => {
    progress.tell(redact(error.message))
    encoder.hold(error, stream)
  }

  const emit = (event: Event): Effect.Effect<void> =>
    Effect.suspend(() => {
      progress.show(event)
      if (event._tag === "Ended" && event.error !== undefined) progress.tell(redact(event.error.message))
      if (event._tag !== "ConfigChanged") return say(encoder.encodeEvent(event))
      learn(event.config)
      const told = output.write(encoder.encodeEvent(event))
      const saved = savePath === undefined ? Result.succeed(undefined) : saveConfig(savePath, event.config)
      if (Result.isFailure(saved))
        hold(new ConfigError({ message: `${saved.failure.message} The renewed token is only in the CONTROL message.` }))
      // A changed token is not used before the platform, which stores it, has it.
      return Effect.promise(() => told.then(output.flush))
    })

  return {
    emit,
    say,
    learn,
    redact,
    hold,
    failureOf: (error) => {
      progress.tell(redact(error.message))
      return encoder.fail(error)
    },
    finish: () => encoder.finish(),
    hasFailed: () => encoder.hasFailed(),
    close: progress.close
  }
}
