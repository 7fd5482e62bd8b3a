/**
 * Parents that refuse to be read (401, 403) or have nothing (404, 410), and what that means for their stream. Such a
 * parent is skipped. Where all refuse and none answers, the fault is not theirs: the watermark stays, and from ten of
 * them on the stream ends in an error.
 */
import { Effect } from "effect"
import type { SourceStream } from "../../declare/stream.ts"
import { ConfigError, type NotAvailableError, type ReadError } from "../../errors.ts"
import type { RefusedError } from "../../http/client.ts"
import { errorOf } from "../../http/refusal.ts"
import { verdictOn } from "../../http/statuses.ts"
import type { StreamEmitter } from "../stream-emitter.ts"

/** After so many refusals, and no answer, the remaining parents are not asked. */
const MAX_CONSECUTIVE_REFUSALS = 100
/** All parents of a run refusing is an error from this many on; fewer may be chance. */
const MIN_CONSECUTIVE_REFUSALS = 10

/** Parents of one stream that refused, and what that says of the others. */
export class Refusals {
  readonly #stream: SourceStream
  #answered = 0
  #forbidden = 0
  #gone = 0
  /** The last refusal of a parent. */
  #refused: RefusedError | undefined

  constructor(stream: SourceStream) {
    this.#stream = stream
  }

  /** Requests that were answered with rows, or with none. */
  get answered(): number {
    return this.#answered
  }

  answer(): void {
    this.#answered++
  }

  /** Whether parents have refused and none has answered: then nothing is known. */
  get areAll(): boolean {
    return this.#answered === 0 && (this.#forbidden > 0 || (this.#gone > 0 && this.#stream.addOn !== undefined))
  }

  /** Whether parents may have children that are not shown. */
  get hides(): boolean {
    return this.#forbidden > 0 || (this.#answered === 0 && this.#gone > 0)
  }

  /**
   * One parent refuses: 401, 403, 404 or 410.
   *
   * @returns the error that ends the stream, where the others would refuse too
   */
  refuse(refused: RefusedError): ReadError | NotAvailableError | undefined {
    this.#refused = refused
    if (verdictOn(refused.status, refused).meaning === "gone") {
      this.#gone++
      return undefined
    }
    this.#forbidden++
    const { addOn } = this.#stream
    if (
      this.#answered > 0 ||
      this.#forbidden < (addOn === undefined ? MAX_CONSECUTIVE_REFUSALS : MIN_CONSECUTIVE_REFUSALS)
    )
      return undefined
    return addOn === undefined ? this.#refusesAll() : errorOf(this.#stream, refused)
  }

  /** Warns or fails because of parents that refused, once all have been asked. */
  verdict(emitter: StreamEmitter): Effect.Effect<void, ReadError | NotAvailableError> {
    return Effect.suspend(() => {
      const { name, addOn } = this.#stream
      if (this.#answered === 0 && this.#refused !== undefined && addOn !== undefined) {
        return Effect.fail(errorOf(this.#stream, this.#refused))
      }
      if (this.#answered === 0 && this.#forbidden === 0 && this.#gone >= MIN_CONSECUTIVE_REFUSALS) {
        return emitter.log(
          "WARN",
          `${name}: all ${this.#gone} parents asked for answered that there is nothing (404 or 410). Either none of them has any, or Pipedrive no longer serves this list.`
        )
      }
      if (this.#forbidden === 0) return Effect.void
      const many = `${this.#forbidden} ${this.#forbidden === 1 ? "parent" : "parents"}`
      if (!this.areAll) {
        const passed = this.#forbidden === 1 ? "was passed over" : "were passed over"
        return emitter.log("WARN", `${name}: ${many} may not be read by this user (${this.#said}) and ${passed}.`)
      }
      // The credentials are accepted elsewhere, so the user has to act, however few parents were asked.
      if (this.#refused !== undefined && verdictOn(this.#refused.status).meaning === "unauthorized")
        return Effect.fail(this.#refusesAll())
      if (this.#forbidden < MIN_CONSECUTIVE_REFUSALS) {
        return emitter.log(
          "WARN",
          `${name}: all ${many} asked for refused (${this.#said}). The watermark stays, so that they are asked again in the next sync.`
        )
      }
      return Effect.fail(this.#refusesAll())
    })
  }

  get #said(): string {
    return this.#refused === undefined ? "" : `${this.#refused.status}: ${this.#refused.text}`
  }

  #refusesAll(): ConfigError {
    return new ConfigError({
      message: `${this.#stream.name}: every parent asked for refused (${this.#forbidden} times ${this.#said}). Give the user of these credentials the permission, or deselect the stream.`
    })
  }
}
