import { SystemError } from "../errors.ts"

/** An unexpected error, for the user; the defect itself goes to the debug log. */
export const unexpected = (stream: string, defect: unknown): SystemError =>
  new SystemError({
    message: `Stopped at ${stream}: an unexpected error. What has been read is kept. Please report it to the maintainers of the source.`,
    detail: defect instanceof Error ? (defect.stack ?? defect.message) : String(defect),
    cause: defect
  })
