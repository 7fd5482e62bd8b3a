import { fileURLToPath } from "node:url"
import { defineConfig, type Options } from "tsup"
import { declarations } from "./declarations.ts"
import { notices } from "./notices.ts"

type Entry = Record<string, string>
type EsbuildPlugin = NonNullable<Options["esbuildPlugins"]>[number]

/**
 * node-fetch prefers Node's own URL; with the package it falls back to left out, the bundle is a third of the size and
 * no longer loads the deprecated `punycode`.
 */
const nodeUrl: EsbuildPlugin = {
  name: "node-url",
  setup(build) {
    build.onResolve({ filter: /^whatwg-url$/ }, ({ path }) => ({ path, namespace: "node-url" }))
    build.onLoad({ filter: /.*/, namespace: "node-url" }, () => ({ contents: "exports.URL = globalThis.URL" }))
  }
}

/** CommonJS inside an ESM bundle calls `require`, here only for Node's own modules: all others are in the bundle. */
const require = "const require=process.getBuiltinModule;"

const shared: Options = {
  format: "esm",
  target: "node20",
  platform: "node",
  dts: false,
  tsconfig: fileURLToPath(new URL("../tsconfig.base.json", import.meta.url)),
  clean: true
}

const bundled: Options = {
  ...shared,
  // The database is large and has native code: it is installed by those who want it.
  external: ["@pipedrive-source/duckdb"],
  noExternal: [/^(?!@pipedrive-source\/duckdb$)/],
  esbuildPlugins: [nodeUrl, notices],
  esbuildOptions(options) {
    options.conditions = ["@pipedrive-source/source", "module"]
    // The ESM form of node-fetch imports node:http, which loads Node's WebSocket: a fifth of the start.
    options.mainFields = ["main", "module"]
  }
}

/** A library: one file an entry, dependencies outside. */
export const library = (entry: Entry) =>
  defineConfig({ ...shared, entry, sourcemap: true, splitting: true, onSuccess: declarations })

/** A library with a command of its own, which says what it has inside of others: nothing. */
export const commandLibrary = (entry: Entry) =>
  defineConfig({
    ...shared,
    entry,
    sourcemap: true,
    splitting: true,
    esbuildPlugins: [notices],
    onSuccess: declarations
  })

/** A library that carries its dependencies inside. */
export const bundle = (entry: Entry) =>
  defineConfig({ ...bundled, entry, splitting: true, banner: { js: require }, onSuccess: declarations })

/**
 * A command; what its first words do not need stays in files of its own, unread. Node shows deprecations of a bundle, and
 * stderr is for errors.
 */
export const application = (entry: Entry) =>
  defineConfig({
    ...bundled,
    entry,
    splitting: true,
    minify: true,
    banner: { js: `process.noDeprecation=true;${require}` }
  })
