import type { SourceStream } from "../declare/stream.ts"
import { ConfigError, NotAvailableError, type ReadError, SystemError } from "../errors.ts"
import type { RefusedError } from "./client.ts"

/** Statuses by which an endpoint of an add-on or plan says that the company does not have it. */
const GATES = new Set([402, 403, 404, 410, 415])

/** Whether the words speak of an OAuth scope: then the whole token lacks it, whatever was asked for. */
export const isScopeRefusal = (refused: RefusedError): boolean => refused.status === 403 && /scope/i.test(refused.text)

/**
 * What a refused request means for a stream as a whole.
 *
 * @see https://pipedrive.readme.io/docs/core-api-concepts-http-status-codes
 */
export const meaningOf = (stream: SourceStream, refused: RefusedError): ReadError | NotAvailableError => {
  const { status, text } = refused
  const said = `${status}: ${text}`
  if (isScopeRefusal(refused)) {
    return new ConfigError({
      message: `The OAuth app lacks the scope that ${stream.name} needs, ${stream.scope} (${said}). Add the scope to the app and authorize the connection again, or deselect the stream.`
    })
  }
  if (stream.addOn !== undefined && GATES.has(status)) {
    return new NotAvailableError({
      message: `${stream.name} is empty: this Pipedrive account does not offer it (${said}). It belongs to: ${stream.addOn}.`
    })
  }
  switch (status) {
    case 401:
      return new ConfigError({
        message: `Pipedrive refused ${stream.name} (${said}), although it accepts these credentials for other requests. See that their user may use this part of the API, or deselect the stream.`
      })
    case 402:
      return new ConfigError({
        message: `Pipedrive asks for payment before it gives out ${stream.name} (${said}). Check that the company's account is open and its plan includes the feature.`
      })
    case 403:
      return new ConfigError({
        message: `The user of these credentials may not read ${stream.name} (${said}). Give the user the permission, use an admin's credentials, or deselect the stream.`
      })
    case 415:
      return new ConfigError({
        message: `The feature behind ${stream.name} is not enabled in this Pipedrive account (${said}). Enable it or deselect the stream.`
      })
    case 404:
    case 410:
      return new SystemError({
        message: `Pipedrive no longer serves the list behind ${stream.name} (${said}). Update the source, or deselect the stream until then.`
      })
    default:
      return new SystemError({
        message: `Pipedrive refused a request for ${stream.name} (${said}). What has been read is kept. Please report this to the maintainers of the source.`,
        answered: said
      })
  }
}
