import { type Command, HELP, readCommand } from "./cli.ts"
import { FAULT_KINDS } from "./faults.ts"
import { startEmulator } from "./start.ts"

async function start({ options, faults }: Extract<Command, { kind: "start" }>): Promise<void> {
  const emulator = await startEmulator(options)
  for (const rule of faults) emulator.fault(rule)
  const { clientId, clientSecret, refreshToken } = emulator.oauth
  process.stdout.write(
    `Pipedrive emulator at ${emulator.url}\n` +
      `API token      ${emulator.apiToken}\n` +
      `client id      ${clientId}\nclient secret  ${clientSecret}\nrefresh token  ${refreshToken}\n` +
      `try: curl -H 'x-api-token: ${emulator.apiToken}' '${emulator.url}/api/v2/deals?limit=2'\n`
  )
  const stop = (): void => {
    emulator.close().catch(() => {})
  }
  process.once("SIGINT", stop)
  process.once("SIGTERM", stop)
}

async function run(): Promise<void> {
  const command = readCommand(process.argv.slice(2))
  switch (command.kind) {
    case "help":
      process.stdout.write(HELP)
      return
    case "listFaults":
      process.stdout.write(`${FAULT_KINDS.join("\n")}\n`)
      return
    case "start":
      return start(command)
  }
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`)
  process.exitCode = 2
})
