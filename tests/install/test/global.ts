import { rmSync } from "node:fs"
import type { TestProject } from "vitest/node"
import { startRegistry } from "./registry.ts"
import { copyRepository, publish } from "./repository.ts"

declare module "vitest" {
  export interface ProvidedContext {
    /** Environment of the registry that holds all packages as they are built. */
    readonly npm: NodeJS.ProcessEnv
    /** A copy of the repository that has published them. */
    readonly repository: string
  }
}

/** Starts a registry on loopback and publishes every package there, as `npm run release` does. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const registry = await startRegistry()
  const repository = copyRepository()
  const teardown = async (): Promise<void> => {
    await registry.stop()
    rmSync(repository, { recursive: true, force: true })
  }
  try {
    await publish(repository, registry.env)
  } catch (error) {
    await teardown()
    throw error
  }
  project.provide("npm", registry.env)
  project.provide("repository", repository)
  return teardown
}
