/** An answer that is not 200, thrown by whoever finds the reason. */
export class ApiError extends Error {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(String(body.error ?? status))
    this.status = status
    this.body = body
  }
}

const INFO = "Please check developers.pipedrive.com"

/** An error of the gateway before the resource: limits, scopes, tokens. */
export const gatewayError = (status: number, error: string): ApiError =>
  new ApiError(status, { success: false, error, errorCode: status, error_info: INFO })

/** An error of the resource itself. */
export const resourceError = (status: number, error: string, info: string = INFO): ApiError =>
  new ApiError(status, { success: false, error, error_info: info, data: null, additional_data: null })

export const notFound = (what: string): ApiError =>
  resourceError(404, `requested ${what} not found`, "Object was not found.")

/** A refused parameter of v2. */
export const invalid = (parameter: string, reason: string): ApiError =>
  new ApiError(400, {
    success: false,
    error: `Validation failed: ${parameter}: ${reason}`,
    code: "ERR_SCHEMA_VALIDATION_FAILED"
  })
