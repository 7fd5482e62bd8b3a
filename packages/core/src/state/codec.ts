import type { JsonObject } from "../events.ts"
import { type Check, each, list, members, that } from "../shape.ts"

/**
 * A value as a state keeps it, and as the reader knows it. `decode` is called with what `check` found nothing wrong
 * with; `decode` of what `encode` gave is the value again.
 */
export interface Codec<A> {
  readonly check: Check
  readonly decode: (json: never) => A
  /** A method, so that a codec of a narrow type is one of `unknown`. */
  encode(value: A): unknown
}

/** What a codec decodes to. */
export type Decoded<C> = C extends Codec<infer A> ? A : never

type Members = { readonly [name: string]: Codec<unknown> }

const same = <A>(value: A): A => value

/** A value that means what it says. */
export const plain = <A>(is: (value: unknown) => boolean, words: string): Codec<A> => ({
  check: that(is, words),
  decode: same,
  encode: same
})

/** A list of objects. */
export const listOf = <A>({ check, decode, encode }: Codec<A>): Codec<ReadonlyArray<A>> => ({
  check: list(check),
  decode: (items: ReadonlyArray<never>) => items.map(decode),
  encode: (items) => items.map(encode)
})

const mapped = (object: JsonObject, change: (value: never, name: string) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value as never, name)]))

/** An object whose members are all of one kind, whatever their names. */
export const recordOf = <A>({ check, decode, encode }: Codec<A>): Codec<{ readonly [name: string]: A }> => ({
  check: each(check),
  decode: decode === same ? same : (object: JsonObject) => mapped(object, decode) as { readonly [name: string]: A },
  encode: encode === same ? same : (object) => mapped(object, encode as (value: never) => unknown)
})

/**
 * An object with these members. Null and absent members are left out, and so are those that it does not name: an
 * earlier or later version may have written them.
 */
export const objectOf = <Needed extends Members, Optional extends Members>(
  needed: Needed,
  optional: Optional
): Codec<
  { readonly [Name in keyof Needed]: Decoded<Needed[Name]> } & {
    readonly [Name in keyof Optional]?: Decoded<Optional[Name]> | undefined
  }
> => {
  const all: Members = { ...needed, ...optional }
  const checks = Object.fromEntries(Object.entries(all).map(([name, { check }]) => [name, check]))
  return {
    check: members(checks, Object.keys(needed)),
    decode: (object: JsonObject) => {
      const present = Object.entries(all).filter(([name]) => object[name] !== undefined && object[name] !== null)
      return Object.fromEntries(present.map(([name, { decode }]) => [name, decode(object[name] as never)])) as never
    },
    encode: (value) => {
      const present = Object.entries(value).filter(([, member]) => member !== undefined)
      return Object.fromEntries(present.map(([name, member]) => [name, (all[name] as Codec<unknown>).encode(member)]))
    }
  }
}
