/**
 * How a stream learns of changes: one of four kinds, each made by a function of its name for declarations.
 */
const hourMs = 3_600_000

/** Once a day, in milliseconds: a `freshness` for lists that hardly ever change. */
export const dayMs = 24 * hourMs
/** Once an hour, in milliseconds. */
export { hourMs }

/**
 * How a stream learns of changes; a stream without it is always read whole.
 *
 * `Field` is the cursor field; it is left out if rows have no time of their own, and they get `_ab_changed_at`.
 */
export type Changes<Field extends string = string> =
  | {
      readonly kind: "since"
      readonly cursorField: Field
      /** Read whole again after this many milliseconds, to find changes that do not touch the cursor field. */
      readonly wholeEveryMs?: number
      /** If it is read only for its children, the list is read again when its last read is older than this, in milliseconds. */
      readonly freshnessForChildrenMs?: number
    }
  | {
      readonly kind: "newestFirst"
      readonly cursorField: Field
      /** Parameters that sort the list newest first; empty if that is its own order. */
      readonly descending: { readonly [parameter: string]: string }
      /** How a first read can go upwards, with checkpoints: sorted by id or by the cursor field. */
      readonly ascending?: { readonly by: string; readonly query: { readonly [parameter: string]: string } }
      readonly wholeEveryMs?: number
    }
  | {
      readonly kind: "ofChangedParents"
      readonly cursorField?: Field
      /**
       * How changes of children that do not touch their parent are found: by all parents once a day, by a share of the
       * parents in every run, or not at all, if a child is itself a change of its parent.
       */
      readonly sweep: "whole" | "rolling" | "none"
      /**
       * The state also has the form of Airbyte's own connector for this stream: one cursor for all parents, in local
       * text without a zone.
       */
      readonly globalCursor?: true
    }
  | {
      readonly kind: "snapshot"
      readonly cursorField?: Field
      /** An incremental run does not read the list again until its last read is this many milliseconds old. */
      readonly freshnessMs?: number
    }

/** Changes are asked for: `updated_since`, ascending, inclusive. */
export const since = <const Field extends string>(
  cursorField: Field,
  options: { readonly wholeEveryMs?: number; readonly freshnessForChildrenMs?: number } = {}
): Changes<NoInfer<Field>> => ({ kind: "since", cursorField, ...options })

/** The list can be sorted newest first, but not filtered: it is read until the watermark is crossed. */
export const newestFirst = <const Field extends string>(
  cursorField: Field,
  options: Omit<Extract<Changes, { kind: "newestFirst" }>, "kind" | "cursorField">
): Changes<NoInfer<Field>> => ({ kind: "newestFirst", cursorField, ...options })

/** Children of parents that changed since the watermark. */
export const ofChangedParents = <const Field extends string = never>(
  options: {
    readonly cursorField?: Field
    readonly sweep?: "whole" | "rolling" | "none"
    readonly globalCursor?: true
  } = {}
): Changes<NoInfer<Field>> => ({ kind: "ofChangedParents", sweep: "rolling", ...options })

/** A short list: it is read whole, and rows whose content is new are emitted. */
export const snapshot = <const Field extends string = never>(
  options: { readonly cursorField?: Field; readonly freshnessMs?: number } = {}
): Changes<NoInfer<Field>> => ({ kind: "snapshot", ...options })
