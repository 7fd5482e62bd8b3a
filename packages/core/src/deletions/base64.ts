/** Base64 as states hold it: with padding (RFC 4648, section 4), in one piece. */

import { Base64 } from "effect/encoding"
import * as Result from "effect/Result"

export const base64Of = (bytes: Uint8Array): string => Base64.encode(bytes)

/** The bytes of a text in base64; undefined where it is none. */
export const bytesInBase64 = (text: string): Uint8Array | undefined =>
  // The decoder passes over line breaks.
  /[\r\n]/.test(text) ? undefined : Result.getOrUndefined(Base64.decode(text))
