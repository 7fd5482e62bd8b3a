import { spawn } from "node:child_process"

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
}

/** No block of a page takes longer: one that waits for somebody is ended, with all it started. */
const PATIENCE_MS = 300_000

/** This process's environment without what npm, turbo and vitest set for the script they run. */
export const cleanEnv: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|turbo_|vitest|vite_|node_env$|node_options$)/i.test(name))
)

/** Runs a command to its end, without input. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  { cwd, env = cleanEnv }: RunOptions
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true })
    const text = { stdout: "", stderr: "" }
    for (const from of ["stdout", "stderr"] as const)
      child[from].setEncoding("utf8").on("data", (piece: string) => {
        text[from] += piece
      })
    const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), PATIENCE_MS)
    child.once("error", reject)
    child.once("close", (code) => {
      clearTimeout(timer)
      resolve({ code, ...text })
    })
  })

/** Runs a command that has to succeed, and gives its stdout. */
export const succeed = async (command: string, args: ReadonlyArray<string>, options: RunOptions): Promise<string> => {
  const { code, stdout, stderr } = await run(command, args, options)
  if (code !== 0) throw new Error(`${command} ended with ${code}\n${stdout}${stderr}`)
  return stdout
}
