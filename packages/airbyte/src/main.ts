import { runCommand } from "./run.ts"

await runCommand({ plugins: "of the folder", name: "source-pipedrive" })
