/** One request, ready to send. Secrets are in headers or the body, never in the URL. */
export interface HttpRequest {
  readonly method: "GET" | "POST"
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: string
}

/** Bounds of one request; a request that exceeds one is cut off. */
export interface HttpBounds {
  /** Until the answer's headers arrive, including the time to connect. */
  readonly headersMs: number
  /** Between two chunks of the body. */
  readonly idleMs: number
  /** For the whole answer. */
  readonly totalMs: number
  /** Bytes of a body, after decompression. */
  readonly maxBodyBytes: number
}

/** A whole answer, its body decoded from gzip. Redirects are answers like any other: they are not followed. */
export interface HttpAnswer {
  readonly status: number
  /** Header by lower-case name. */
  readonly header: (name: string) => string | undefined
  readonly body: Uint8Array
}

/** The part of the runtime's AbortSignal that is needed here. */
export interface Abort {
  readonly aborted: boolean
  readonly addEventListener: (type: "abort", listener: () => void, options?: { readonly once?: boolean }) => void
  readonly removeEventListener: (type: "abort", listener: () => void) => void
}

/**
 * The port to the network, filled in at the edge. Rejects when no whole answer came: the error's message says why
 * (refused, reset, timeout, damaged, too large), without URL or secret.
 */
export type SendHttp = (request: HttpRequest, bounds: HttpBounds, signal: Abort) => Promise<HttpAnswer>
