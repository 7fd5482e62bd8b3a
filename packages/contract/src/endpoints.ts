import { type EndpointFacts, type LoggedRequest, listEndpoints } from "pipedrive-emulator"

/** What the emulator knows of its endpoints, by path. */
export const ENDPOINTS: ReadonlyMap<string, EndpointFacts> = new Map(
  listEndpoints().map((endpoint) => [endpoint.path, endpoint])
)

const forms = [...ENDPOINTS].map(([path, endpoint]) => ({
  form: new RegExp(`^${path.replaceAll("{id}", "[^/]+")}$`),
  endpoint
}))

/** The endpoint behind the path of a request; one without a place for an id comes first. */
export const endpointOf = (path: string): EndpointFacts | undefined =>
  ENDPOINTS.get(path) ?? forms.find(({ form }) => form.test(path))?.endpoint

/** What requests cost, also those that failed. */
export const costOf = (requests: ReadonlyArray<LoggedRequest>): number =>
  requests.reduce((tokens, { path }) => tokens + (endpointOf(path)?.cost ?? 0), 0)

/** Tokens that were charged. */
export const chargedFor = (requests: ReadonlyArray<LoggedRequest>): number =>
  requests.reduce((total, { tokens }) => total + tokens, 0)
