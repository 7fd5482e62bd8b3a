import { createServer } from "node:http"
import { type Emulator, type EmulatorOptions, startEmulator } from "pipedrive-emulator"
import { onTestFinished } from "vitest"

/** Starts an emulated account for the test that runs, fast enough not to be waited for. */
export const startApi = async (options: EmulatorOptions = {}): Promise<Emulator> => {
  const emulator = await startEmulator({ burstLimit: 100_000, ...options })
  onTestFinished(() => emulator.close())
  return emulator
}

/** A config for an account. */
export const configOf = ({ url, apiToken }: Pick<Emulator, "url" | "apiToken">) => ({
  credentials: { auth_type: "api_token", api_token: apiToken },
  base_url: url
})

/** An API that takes a request and never answers; resolves with its config, and with the first request. */
export const startSilence = async () => {
  let asked = (): void => {}
  const request = new Promise<void>((done) => {
    asked = done
  })
  const server = createServer(() => asked())
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return { config: configOf({ url: `http://127.0.0.1:${address.port}`, apiToken: "x".repeat(40) }), request }
}
