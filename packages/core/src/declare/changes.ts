const hourMs = 3_600_000

/** Once a day, in milliseconds: a `freshness` for lists that hardly ever change. */
export const dayMs = 24 * hourMs
/** Once an hour, in milliseconds. */
export { hourMs }

/**
 * How a stream learns of changes; a stream without it is read whole every time.
 *
 * `Field` is the cursor field; where a row carries no time of its own it is left out, and rows get `_ab_changed_at`.
 */
export type Changes<Field extends string = string> =
  | {
      readonly kind: "since"
      readonly cursorField: Field
      /** Read whole again after this many milliseconds, for changes that do not touch the cursor field. */
      readonly wholeEveryMs?: number
      /** Read for children alone, the list is read again when its last read is older than this many milliseconds. */
      readonly freshnessForChildrenMs?: number
    }
  | {
      readonly kind: "newestFirst"
      readonly cursorField: Field
      /** Parameters that sort the list newest first; none where the list has that order by itself. */
      readonly descending: { readonly [parameter: string]: string }
      /** How a first read can go up with checkpoints: sorted by id or by the cursor field. */
      readonly ascending?: { readonly by: string; readonly query: { readonly [parameter: string]: string } }
      readonly wholeEveryMs?: number
    }
  | {
      readonly kind: "ofChangedParents"
      readonly cursorField?: Field
      /**
       * How children whose change does not touch their parent are found: all parents once a day, a share of the
       * parents every run, or not at all, where a child is itself a change of its parent.
       */
      readonly sweep: "whole" | "rolling" | "none"
      /**
       * The state also has the form of Airbyte's own connector for this stream: one cursor over all parents, in text
       * without a zone.
       */
      readonly globalCursor?: true
    }
  | {
      readonly kind: "snapshot"
      readonly cursorField?: Field
      /** An incremental run repeats the last answer while it is younger than this many milliseconds. */
      readonly freshnessMs?: number
    }

/** Changes are asked for: `updated_since`, ascending, inclusive. */
export const since = <const Field extends string>(
  cursorField: Field,
  options: { readonly wholeEveryMs?: number; readonly freshnessForChildrenMs?: number } = {}
): Changes<NoInfer<Field>> => ({ kind: "since", cursorField, ...options })

/** The list can be sorted newest first, but not filtered: read until the mark is crossed. */
export const newestFirst = <const Field extends string>(
  cursorField: Field,
  options: Omit<Extract<Changes, { kind: "newestFirst" }>, "kind" | "cursorField">
): Changes<NoInfer<Field>> => ({ kind: "newestFirst", cursorField, ...options })

/** Children of parents that changed since the mark. */
export const ofChangedParents = <const Field extends string = never>(
  options: {
    readonly cursorField?: Field
    readonly sweep?: "whole" | "rolling" | "none"
    readonly globalCursor?: true
  } = {}
): Changes<NoInfer<Field>> => ({ kind: "ofChangedParents", sweep: "rolling", ...options })

/** A short list: read whole, and rows whose content is new are sent. */
export const snapshot = <const Field extends string = never>(
  options: { readonly cursorField?: Field; readonly freshnessMs?: number } = {}
): Changes<NoInfer<Field>> => ({ kind: "snapshot", ...options })
