/** The kinds of options that a config has: the form, the decoder and its error messages are made from them. */

/** One line of text in the config. */
export interface TextField {
  readonly type: "text"
  readonly title: string
  /** What it is and where to find it; the form and the error messages both show it. */
  readonly description: string
  readonly required?: true
  readonly secret?: true
  /** Not offered in a form. */
  readonly hidden?: true
  readonly format?: "date-time"
  /** Regular expression that the text must match, and the same for people. */
  readonly pattern?: string
  readonly patternHint?: string
  readonly default?: string
  readonly examples?: ReadonlyArray<string>
}

/** A whole number in the config. */
export interface WholeNumberField {
  readonly type: "integer"
  readonly title: string
  readonly description: string
  readonly required?: true
  readonly hidden?: true
  readonly minimum: number
  readonly maximum: number
  readonly default: number
}

/** A choice between yes and no in the config. */
export interface BooleanField {
  readonly type: "boolean"
  readonly title: string
  readonly description: string
  readonly required?: true
  readonly hidden?: true
  readonly default: boolean
}

/** One of a few words in the config. */
export interface WordField {
  readonly type: "word"
  readonly title: string
  readonly description: string
  readonly required?: true
  readonly hidden?: true
  readonly words: ReadonlyArray<string>
  readonly default: string
}

/** An object in the config that the source keeps by itself. */
export interface ObjectField {
  readonly type: "object"
  readonly title: string
  readonly description: string
  readonly required?: true
  readonly hidden: true
  /** Names of its members. */
  readonly members: ReadonlyArray<string>
}

/** One of several groups of fields; the member `tagField` says which. */
export interface ChoiceField {
  readonly type: "choice"
  readonly title: string
  readonly description: string
  readonly required?: true
  readonly hidden?: true
  readonly tagField: string
  readonly options: ReadonlyArray<{
    readonly title: string
    readonly tag: string
    readonly fields: { readonly [name: string]: TextField }
  }>
}

export type ConfigField = TextField | WholeNumberField | BooleanField | WordField | ObjectField | ChoiceField
