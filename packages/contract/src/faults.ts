import type { SourceStream } from "@pipedrive-source/core"
import { defaultRetryPolicy, type RetryPolicy } from "@pipedrive-source/core/reader"
import type { Emulator, FaultKind, FaultRule } from "pipedrive-emulator"

/** Patience of a few tries, for faults that last. */
export const IMPATIENT: RetryPolicy = { ...defaultRetryPolicy, tries: 3 }

type Fault = Omit<FaultRule, "path" | "from" | "times"> & { readonly kind: FaultKind }

/** What goes wrong once and is well when it is asked again. */
export const PASSING: ReadonlyArray<Fault> = [
  { kind: "burst429" },
  { kind: "burst429Bare" },
  { kind: "burst429", remaining: 79, retryAfter: 2 },
  { kind: "wordless429", retryAfter: 2 },
  { kind: "wordless429" },
  { kind: "status", status: 500 },
  { kind: "status", status: 503, retryAfter: 1 },
  { kind: "status", status: 408 },
  { kind: "html200" },
  { kind: "html502" },
  { kind: "resetBeforeHeaders" },
  { kind: "resetInBody" },
  { kind: "truncatedJson" },
  { kind: "dataTwice" },
  { kind: "emptyBody" },
  { kind: "nullBody" },
  { kind: "missingData" },
  { kind: "successFalse" },
  { kind: "successFalse", errorCode: 500 }
]

/** What time may heal, and does not within the tries there are. */
export const LASTING: ReadonlyArray<Fault> = [
  { kind: "status", status: 500 },
  { kind: "burst429" },
  { kind: "resetBeforeHeaders" },
  { kind: "truncatedJson" },
  { kind: "nullBody" },
  { kind: "missingData" },
  { kind: "successFalse" }
]

/** Paths under which a stream's own rows are asked for. */
export const pathsOf = (stream: SourceStream): RegExp => {
  const paths = [...new Set((stream.parts ?? [{}]).map((part) => part.path ?? stream.path))]
  return new RegExp(`^(${paths.map((path) => path.replace("{id}", "[^/]+")).join("|")})$`)
}

/** Answers `data: null` to every later page of the lists under a path, where the page before had promised rows. */
export const emptyLaterPages = (emulator: Emulator, path: RegExp): (() => void) => {
  let struck = 0
  const stop = emulator.onRequest((request) => {
    const isLater = (request.query["cursor"] ?? "") !== "" || Number(request.query["start"] ?? 0) > 0
    if (!isLater || !path.test(request.path)) return
    struck++
    emulator.fault({ kind: "dataNull", path: request.path, times: 1 })
  })
  return () => {
    stop()
    if (struck === 0) throw new Error("No later page was asked for")
  }
}
