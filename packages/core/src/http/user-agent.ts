/** The `User-Agent` of requests. */
export const USER_AGENT = "airbyte-source-pipedrive (https://www.npmjs.com/package/airbyte-source-pipedrive)"
