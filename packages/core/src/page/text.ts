/** UTF-8, present in every JavaScript runtime though not in the language's own types. */
declare const TextDecoder: new (label: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string }
declare const TextEncoder: new () => { encode(text: string): Uint8Array }

const decoder = new TextDecoder("utf-8", { fatal: false })
const encoder = new TextEncoder()

/** Text of UTF-8 bytes; damaged sequences become U+FFFD. */
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/** UTF-8 bytes of a text. */
export const bytesOf = (text: string): Uint8Array => encoder.encode(text)
