/**
 * Reads the body of an answer whole, within bounds: unpacked if it is gzip, refused if it is too large, damaged or ends
 * early. Memory is taken once, for the length that the answer names.
 */
import type { Readable } from "node:stream"
import type { Gunzip } from "node:zlib"

const { finished } = process.getBuiltinModule("node:stream")
const { createGunzip } = process.getBuiltinModule("node:zlib")

/** How a body arrives, and what to do meanwhile. */
export interface BodyOptions {
  /** Its length on the wire; 0 if the answer does not say. */
  readonly length: number
  readonly encoding: string | null
  /** The most bytes it may have, both on the wire and unpacked. */
  readonly maxBytes: number
  /** Called for each chunk that arrives. */
  readonly alive: () => void
}

/** A body that arrived but cannot be used; the message is fit for the user. */
export class BodyError extends Error {}

/** No more memory than this is allocated in advance, whatever length an answer names. */
const LARGEST_AHEAD = 32 << 20

const UNPACKED_PIECE = 64 << 10

const tooLarge = (read: number, maxBytes: number): BodyError =>
  new BodyError(`the answer is too large: it was cut off after ${read} bytes, as at most ${maxBytes} are read`)

/** All bytes of a stream; memory for the expected length is allocated in advance. */
const bytesOf = (stream: Readable, expected: number, { alive, maxBytes }: BodyOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const whole = Buffer.allocUnsafeSlow(expected)
    let filled = 0
    /** What exceeds the expected length. */
    let pieces: Array<Buffer> = []
    let read = 0
    const fail = (error: Error): void => {
      pieces = []
      reject(error)
    }
    stream.on("data", (piece: Buffer) => {
      read += piece.length
      alive()
      if (read > maxBytes) {
        fail(tooLarge(read, maxBytes))
        stream.destroy()
      } else if (pieces.length === 0 && filled + piece.length <= expected) {
        filled += piece.copy(whole, filled)
      } else {
        pieces.push(piece)
      }
    })
    // Also reports an end that came before anyone listened.
    finished(stream, { writable: false }, (error) => {
      if (error) return fail(error)
      const first = whole.subarray(0, filled)
      resolve(pieces.length === 0 ? first : Buffer.concat([first, ...pieces]))
    })
  })

/** Resolves once more can be written, or never can be again. */
const drained = (stream: Gunzip): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed) return resolve()
    const done = (): void => {
      stream.off("drain", done).off("close", done)
      resolve()
    }
    stream.once("drain", done).once("close", done)
  })

/** All bytes that a body unpacks to. Unlike the HTTP library's own decoder, this rejects data that ends early. */
const unpackedOf = async (body: Readable, options: BodyOptions): Promise<Buffer> => {
  const gunzip = createGunzip({ chunkSize: UNPACKED_PIECE })
  const unpacked = bytesOf(gunzip, 0, options).catch((error: unknown) => {
    throw error instanceof BodyError ? error : new BodyError("the answer's gzip data is damaged")
  })
  // Otherwise the body would be waited for in vain.
  unpacked.catch(() => body.destroy())
  let read = 0
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      read += piece.length
      options.alive()
      if (read > options.maxBytes) throw tooLarge(read, options.maxBytes)
      if (!gunzip.write(piece)) await drained(gunzip)
      if (gunzip.destroyed) return await unpacked
    }
    if (read === 0) return Buffer.alloc(0)
    gunzip.end()
    return await unpacked
  } catch (error) {
    // If unpacking failed, that is why the body ended.
    if (gunzip.destroyed) await unpacked
    throw error
  } finally {
    gunzip.destroy()
  }
}

/**
 * Reads the body of an answer whole.
 *
 * @throws BodyError if it is too large, damaged or of an unknown encoding; otherwise what the stream fails with. The
 *   stream may then have more data: the caller must cut it off.
 */
export const readBody = async (body: Readable, options: BodyOptions): Promise<Uint8Array> => {
  const { encoding, length, maxBytes } = options
  if (length > maxBytes) {
    throw new BodyError(
      `the answer is too large: it was cut off after 0 of ${length} bytes, as at most ${maxBytes} are read`
    )
  }
  switch (encoding?.trim().toLowerCase() ?? "identity") {
    case "identity":
    case "":
      return bytesOf(body, length <= LARGEST_AHEAD ? length : 0, options)
    case "gzip":
    case "x-gzip":
      return unpackedOf(body, options)
    default:
      throw new BodyError("the answer has an encoding that was not requested")
  }
}
