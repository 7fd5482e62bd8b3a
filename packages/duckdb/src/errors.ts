/** What keeps a database from being read or written, in words for the user. */
export class WarehouseError extends Error {
  /** What DuckDB said, for whoever looks into it. */
  readonly detail: string | undefined

  constructor(message: string, detail?: string) {
    super(message)
    this.name = "WarehouseError"
    this.detail = detail
  }
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Whether a statement failed as a key came twice. */
export const isDuplicateKey = (cause: unknown): boolean => /^\[?Constraint Error/.test(textOf(cause))

/** Whether a statement failed as an object has a member twice. */
export const isRepeatedMember = (cause: unknown): boolean => /has duplicate key "/.test(textOf(cause))

/** Whether a statement failed as a value does not fit its column. */
export const isMisfit = (cause: unknown): boolean =>
  /^(Conversion|Invalid Input|Out of Range) Error/.test(textOf(cause))

/** Whether a statement needed more memory than there is, or the checkpoint before it did. */
export const isOutOfMemory = (cause: unknown): boolean =>
  /^(FATAL Error: .*)?Out of Memory Error|because checkpointing failed.*failed to (pin|allocate) block/s.test(
    textOf(cause)
  )

/** Why a file cannot be opened, and what to do. */
export const openingError = (path: string, cause: unknown): WarehouseError => {
  const text = textOf(cause)
  const say = (message: string) => new WarehouseError(message, text)
  const holder = /\(PID (\d+)\)/.exec(text)?.[1]
  if (/lock/i.test(text) || /already attached/i.test(text))
    return say(
      `${path} is in use by another process${holder === undefined ? "" : ` (PID ${holder})`}. Close it there and run the command again. Nothing was written.`
    )
  // A file of another format that DuckDB can read is opened as one.
  if (/not a valid DuckDB database file|Cannot launch in-memory database/.test(text))
    return say(`${path} is not a DuckDB file. Name another file with --to. This one was left as it is.`)
  if (/No such file or directory|ENOENT/.test(text))
    return say(`The folder of ${path} does not exist. Create it, or name another file with --to.`)
  if (/Permission denied|not permitted|EACCES|EPERM|Read-only file system|EROFS/i.test(text))
    return say(`${path} cannot be written: permission denied. Name a file in a folder that you may write to.`)
  if (/newer|different version|storage version/i.test(text))
    return say(
      `${path} was written by another version of DuckDB, which this one cannot read. Name another file with --to.`
    )
  return writingError(path, cause)
}

/** Why rows could not be written, and what to do. */
export const writingError = (path: string, cause: unknown): WarehouseError => {
  if (cause instanceof WarehouseError) return cause
  const text = textOf(cause)
  if (/No space left|ENOSPC|disk (is )?full|EDQUOT|quota exceeded|EFBIG|File too large/i.test(text))
    return new WarehouseError(
      `The disk of ${path} is full. All that was written before is kept: make room and run the command again, and it goes on from there.`,
      text
    )
  if (isOutOfMemory(cause))
    return new WarehouseError(
      `DuckDB ran out of memory while it wrote ${path}. All that was written before is kept: run the command again.`,
      text
    )
  const [line = ""] = text.split("\n")
  return new WarehouseError(`${path} could not be written (${line}). All that was written before is kept.`, text)
}
