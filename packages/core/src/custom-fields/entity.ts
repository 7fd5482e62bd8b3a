/** Records that have fields of their own. Leads have those of deals. */
export const ENTITIES = ["deal", "person", "organization", "product", "project"] as const

export type Entity = (typeof ENTITIES)[number]

/** Where a stream's rows carry custom fields, and whose fields those are. */
export interface CustomFields {
  /** The record whose field definitions describe them. */
  readonly of: Entity
  /**
   * `custom_fields`: in an object of that name, as API v2 sends them. `row`: among the row's own properties, as API v1
   * does; they are then repeated as one object in the column `custom_fields`.
   */
  readonly in: "custom_fields" | "row"
  /** Whose texts the ids in `label_ids` have: those of the record's label field, or those of `v1/leadLabels`. */
  readonly labels?: "options" | "leadLabels"
}

/** A custom field's column as the user's config keeps it. */
export interface FrozenField {
  /** Name of its column, before any ending. */
  readonly name: string
  /** Pipedrive's type of the field: with it the columns of a deleted field can still be declared. */
  readonly type?: string
}

/** Fields by key. */
export type FrozenFields = { readonly [key: string]: FrozenField }

/** Names that were given before, by record and key. */
export type FrozenNames = { readonly [entity in Entity]?: FrozenFields }
