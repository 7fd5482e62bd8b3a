/** How requests name themselves. */
export const USER_AGENT = "airbyte-source-pipedrive (https://www.npmjs.com/package/airbyte-source-pipedrive)"
