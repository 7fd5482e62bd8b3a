import { spawn } from "node:child_process"
import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { createServer, type Server } from "node:http"
import { defaultRetryPolicy, isObject, type JsonObject, type SendHttp } from "@pipedrive-source/core/reader"
import { Failure } from "./failure.ts"

/** An app of Pipedrive's Developer Hub. */
export interface App {
  readonly clientId: string
  readonly clientSecret: string
}

interface ConsentOptions {
  readonly app: App
  /** Where people allow an app, and tokens are given out. */
  readonly origin: string
  readonly port: number
  readonly send: SendHttp
  readonly userAgent: string
  /** Shows the address that is to be opened. */
  readonly show: (address: string, callback: string) => void
  readonly openBrowser: boolean
  /** How long somebody may take, in milliseconds. */
  readonly patienceMs: number
}

const isSame = (one: string, other: string): boolean => {
  const hash = (text: string) => createHash("sha256").update(text).digest()
  return timingSafeEqual(hash(one), hash(other))
}

const page = (text: string): string =>
  `<!doctype html><meta charset="utf-8"><title>Pipedrive</title><p style="font:16px sans-serif;margin:4em">${text}</p>`

/** Opens an address in the browser, where there is one; it is shown as well. */
const open = (address: string): void => {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open"]
      : process.platform === "win32"
        ? ["rundll32", "url.dll,FileProtocolHandler"]
        : ["xdg-open"]
  const child = spawn(command as string, [...args, address], { stdio: "ignore", detached: true })
  child.on("error", () => {})
  child.unref()
}

/** Listens on this machine alone. */
const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new Failure(
          error.code === "EADDRINUSE"
            ? `Port ${port} is in use. Name another one with --port, and register http://localhost:<port>/callback as the app's callback URL.`
            : `The callback cannot be listened for on port ${port}: ${error.message}.`
        )
      )
    )
    server.listen(port, "127.0.0.1", resolve)
  })

/** Waits for the browser to come back with a code; an answer to another question than ours is refused. */
const codeFrom = (server: Server, state: string, patienceMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Failure("Nobody allowed the app in time. Run init again.")), patienceMs)
    server.on("request", (request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost")
      const end = (status: number, text: string): void => {
        response.writeHead(status, { "content-type": "text/html; charset=utf-8", connection: "close" }).end(page(text))
      }
      if (url.pathname !== "/callback") return end(404, "There is nothing here.")
      if (!isSame(url.searchParams.get("state") ?? "", state))
        return end(400, "This answer does not belong to the question that was asked. Nothing was changed.")
      clearTimeout(timer)
      const code = url.searchParams.get("code")
      if (code === null) {
        end(200, "The app was not allowed. You can close this window.")
        return reject(new Failure("The app was not allowed to read the account. Run init again to try once more."))
      }
      end(200, "The app is allowed. You can close this window.")
      resolve(code)
    })
  })

const exchange = async ({ app, origin, send, userAgent }: ConsentOptions, code: string, callback: string) => {
  const answer = await send(
    {
      method: "POST",
      url: `${origin}/oauth/token`,
      headers: {
        authorization: `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
        "user-agent": userAgent
      },
      body: new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: callback }).toString()
    },
    defaultRetryPolicy.bounds,
    new AbortController().signal
  )
  let said: unknown
  try {
    said = JSON.parse(Buffer.from(answer.body).toString())
  } catch {
    said = undefined
  }
  if (answer.status !== 200 || !isObject(said) || typeof said.refresh_token !== "string")
    throw new Failure(
      `Pipedrive did not give a token for the code (${answer.status}). Check the client ID and secret, and that ${callback} is the app's callback URL.`
    )
  return said
}

/**
 * Asks for consent in the browser and returns the credentials that come of it. Pipedrive has no PKCE: the state
 * parameter and the client secret are what binds the answer to the question.
 *
 * @see https://pipedrive.readme.io/docs/marketplace-oauth-authorization
 */
export const askConsent = async (options: ConsentOptions): Promise<JsonObject> => {
  const { app, origin, patienceMs, port } = options
  const state = randomBytes(24).toString("base64url")
  const callback = `http://localhost:${port}/callback`
  const query = new URLSearchParams({ client_id: app.clientId, redirect_uri: callback, state })
  const address = `${origin}/oauth/authorize?${query}`
  const server = createServer()
  try {
    await listen(server, port)
    const code = codeFrom(server, state, patienceMs)
    options.show(address, callback)
    if (options.openBrowser) open(address)
    const said = await exchange(options, await code, callback)
    const lifeMs = Number(said.expires_in) * 1000
    return {
      auth_type: "oauth2.0",
      client_id: app.clientId,
      client_secret: app.clientSecret,
      refresh_token: said.refresh_token,
      access_token: said.access_token,
      ...(Number.isFinite(lifeMs) && { token_expiry_date: new Date(Date.now() + lifeMs).toISOString() }),
      ...(typeof said.api_domain === "string" &&
        said.api_domain.startsWith("https://") && { api_domain: said.api_domain })
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
