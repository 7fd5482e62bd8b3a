import { spawnSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"

const options = fileURLToPath(new URL("../tsconfig.base.json", import.meta.url))
const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url))

/**
 * Writes the declarations of the package in the current folder to its `dist`. TypeScript 7 has no compiler API for tsup,
 * and `tsc` takes the files from a config alone, so that there is one for as long as it runs.
 */
export const declarations = async (): Promise<void> => {
  const config = resolve("dist/tsconfig.json")
  const compilerOptions = {
    noEmit: false,
    emitDeclarationOnly: true,
    declarationMap: true,
    rootDir: resolve("src"),
    outDir: resolve("dist"),
    // `npm run typecheck` does that, for all packages at once.
    noCheck: true,
    // Other packages are read from their sources, so that none has to be built before; nothing is written for them.
    preserveSymlinks: true
  }
  const sources = { include: [resolve("src")], exclude: [resolve("src/**/*.test.ts")] }
  writeFileSync(config, JSON.stringify({ extends: options, ...sources, compilerOptions }))
  try {
    const { status } = spawnSync(process.execPath, [tsc, "-p", config], { stdio: "inherit" })
    if (status !== 0) process.exitCode = 1
  } finally {
    rmSync(config)
  }
}
