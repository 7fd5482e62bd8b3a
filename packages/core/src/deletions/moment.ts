import { CHANGED_AT, cursorFieldOf, type SourceStream } from "../declare/stream.ts"
import { localText, zonedText } from "../state/cursor.ts"

/** How a stream's rows write a time: with a space or a `T`, and with how many digits of a fraction. */
interface TimeForm {
  readonly isLocal: boolean
  readonly fraction: number
}

const form = /^"\d{4}-\d\d-\d\d(?:( )|T)\d\d:\d\d:\d\d(?:\.(\d+))?Z?"$/

/** The form of a time as it stands in a row; undefined for what is none. */
export const formOf = (json: string | undefined): TimeForm | undefined => {
  const found = json === undefined ? null : form.exec(json)
  return found === null ? undefined : { isLocal: found[1] !== undefined, fraction: found[2]?.length ?? 0 }
}

/** The form in which a stream's rows have their cursor, as far as it is declared. */
export const declaredForm = (stream: SourceStream): TimeForm => {
  const field = cursorFieldOf(stream) ?? CHANGED_AT
  const column = stream.columns[field]
  return { isLocal: column?.type === "localTimestamp", fraction: column?.fraction ?? 0 }
}

/** A moment of the server's clock in a form of rows, so that texts compare as times do; never rounded down. */
export const momentText = (serverMs: number, { fraction, isLocal }: TimeForm): string => {
  const seconds = fraction > 0 ? Math.floor(serverMs / 1000) : Math.ceil(serverMs / 1000)
  const text = isLocal ? localText(seconds) : zonedText(seconds).slice(0, -1)
  return `${text}${fraction > 0 ? `.${"9".repeat(fraction)}` : ""}${isLocal ? "" : "Z"}`
}

/** A time of a row or a moment as a timestamp with a zone. */
export const zonedMoment = (text: string): string =>
  text.charAt(10) === " " ? `${text.slice(0, 10)}T${text.slice(11)}Z` : text
