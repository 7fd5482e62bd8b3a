import type { SourceStream } from "../declare/stream.ts"
import { NotAvailableError, type ReadError, type RefusedError } from "../errors.ts"
import { errorFor, type Meaning, mayBeAbout, verdictOn } from "./statuses.ts"

type Message = (stream: SourceStream, said: string) => string

const refusedMessage: Message = ({ name }, said) =>
  `Pipedrive refused a request for ${name} (${said}). What has been read is kept. Please report this to the maintainers of the source.`

/** What happened and what to do, for the refusals that users can do something about or that say more than their status. */
const MESSAGES: { readonly [meaning in Meaning]?: Message } = {
  scopeMissing: ({ name, scope }, said) =>
    `The OAuth app lacks the scope that ${name} needs, ${scope} (${said}). Add the scope to the app and authorize the connection again, or deselect the stream.`,
  unauthorized: ({ name }, said) =>
    `Pipedrive refused ${name} (${said}), although it accepts these credentials for other requests. Check that their user has access to this part of the API, or deselect the stream.`,
  paymentRequired: ({ name }, said) =>
    `Pipedrive requires payment for ${name} (${said}). Check that the company's account is active and that its plan includes the feature.`,
  forbidden: ({ name }, said) =>
    `The user of these credentials is not allowed to read ${name} (${said}). Give the user the permission, use an admin's credentials, or deselect the stream.`,
  notEnabled: ({ name }, said) =>
    `The feature behind ${name} is not enabled in this Pipedrive account (${said}). Enable it or deselect the stream.`,
  gone: ({ name }, said) =>
    `Pipedrive no longer serves the list behind ${name} (${said}). Update the source, or deselect the stream until then.`
}

/** The error of a stream whose list was refused as a whole; a stream of an add-on may just not be available. */
export const errorOf = (stream: SourceStream, refused: RefusedError): ReadError | NotAvailableError => {
  const { status, text } = refused
  const said = `${status}: ${text}`
  if (stream.addOn !== undefined && mayBeAbout("plan", refused)) {
    return new NotAvailableError({
      message: `${stream.name} is empty: this Pipedrive account does not include it (${said}). It belongs to: ${stream.addOn}.`
    })
  }
  const { actor, meaning } = verdictOn(status, { text })
  return errorFor(actor, { message: (MESSAGES[meaning] ?? refusedMessage)(stream, said), answered: said })
}
