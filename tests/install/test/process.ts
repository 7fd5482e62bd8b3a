import { type SpawnOptions, spawn } from "node:child_process"

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  readonly uid?: number
  readonly input?: string
  /** Milliseconds after which it is killed, with all it started; none by default. */
  readonly patienceMs?: number
}

/** This process's environment without what npm, turbo and vitest set for the script they run. */
export const cleanEnv: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|turbo_|vitest|vite_|node_env$|node_options$)/i.test(name))
)

/** Runs a command to its end. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  { cwd, env = cleanEnv, uid, input, patienceMs }: RunOptions
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const isLimited = patienceMs !== undefined
    const options: SpawnOptions = { cwd, env, stdio: ["pipe", "pipe", "pipe"], detached: isLimited }
    const child = spawn(command, args, { ...options, ...(uid !== undefined && { uid }) })
    const killAll = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL")
    const timer = isLimited ? setTimeout(killAll, patienceMs) : undefined
    const text = { stdout: "", stderr: "" }
    for (const from of ["stdout", "stderr"] as const)
      child[from]?.setEncoding("utf8").on("data", (piece: string) => {
        text[from] += piece
      })
    child.stdin?.on("error", () => {})
    child.stdin?.end(input ?? "")
    child.once("error", reject)
    child.once("close", (code) => {
      clearTimeout(timer)
      resolve({ code, ...text })
    })
  })

/** Runs a command that has to succeed, and gives its stdout. */
export const succeed = async (command: string, args: ReadonlyArray<string>, options: RunOptions): Promise<string> => {
  const { code, stdout, stderr } = await run(command, args, options)
  if (code !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${code} in ${options.cwd}\n${stdout}${stderr}`)
  return stdout
}
