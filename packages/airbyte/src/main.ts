import { runCommand } from "./run.ts"
import type { PeopleCommands } from "./setup.ts"

/** Commands for people, where the folder has them installed. */
const people = async (): Promise<PeopleCommands | undefined> => {
  const { loadInstalled } = await import("./compose.ts")
  const module = await loadInstalled(process.cwd(), "@pipedrive-source/cli").catch(() => undefined)
  return (module as { readonly people?: PeopleCommands } | undefined)?.people
}

await runCommand({ plugins: "of the folder", name: "source-pipedrive", people })
