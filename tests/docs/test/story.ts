import { execFileSync } from "node:child_process"
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import type { Account } from "./account.ts"
import { root } from "./markdown.ts"
import { cleanEnv } from "./process.ts"

/** Where the blocks of one page run, one after another: a home of its own, in which nothing is but what they make. */
export interface Story {
  readonly account: Account
  /** A user's folder, `~/pipedrive`. */
  readonly folder: string
  /** A copy of the checkout, built, made when it is first asked for. */
  readonly checkout: () => string
  readonly env: NodeJS.ProcessEnv
  /** Writes a file where the page may look for it. */
  readonly write: (name: string, content: string) => void
  /** Writes what a script or a file takes as given: the config and the catalog it names, unless they are there. */
  readonly give: (text: string) => void
}

/** Links what is installed, and the packages of the checkout to their copies. */
const linkInstalled = (from: string, to: string): void => {
  mkdirSync(to)
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)]
    const isFolder = !lstatSync(source).isSymbolicLink()
    if (isFolder && name.startsWith("@")) linkInstalled(source, target)
    else if (isFolder && name === ".bin") cpSync(source, target, { recursive: true, verbatimSymlinks: true })
    else if (isFolder && !name.startsWith(".")) symlinkSync(source, target)
    else if (!isFolder && realpathSync(source).startsWith(root)) symlinkSync(readlinkSync(source), target)
  }
}

/** A command that stands in for one that would reach the network, or build what is built. */
const writeCommand = (file: string): void => {
  const shim = join(root, "tests/docs/shim/commands.mjs")
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${shim}" ${basename(file)} "$@"\n`)
  chmodSync(file, 0o755)
}

/** Copies the checkout as it stands, without its history, and with what was built in it. */
const copyCheckout = (to: string): void => {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" })
  const built = ["packages", "apps"]
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name, "dist")))
    .filter((path) => existsSync(join(root, path)))
  for (const path of [...listed.split("\n").filter((file) => existsSync(join(root, file)) && file !== ""), ...built]) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    cpSync(join(root, path), join(to, path), { recursive: true })
  }
  linkInstalled(join(root, "node_modules"), join(to, "node_modules"))
  rmSync(join(to, "node_modules/.bin/turbo"))
  writeCommand(join(to, "node_modules/.bin/turbo"))
}

/** Files that a page takes as given, by the page's name. */
const givenTo = (page: string): string => join(root, "tests/docs/given", page.replace(/\.md$/, ""))

/** Makes the place of a page; `close` removes it. */
export const openStory = (page: string, account: Account): Story & { readonly close: () => void } => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "story-")))
  const folder = join(home, "pipedrive")
  mkdirSync(folder)
  if (existsSync(givenTo(page))) cpSync(givenTo(page), folder, { recursive: true })
  mkdirSync(join(home, ".bin"))
  for (const name of ["npm", "npx", "git"]) writeCommand(join(home, ".bin", name))
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"))
  const path = [dirname(process.execPath), cleanEnv.PATH].join(":")
  let copy: string | undefined
  const write: Story["write"] = (name, content) => {
    for (const each of copy === undefined ? [folder] : [folder, copy]) writeFileSync(join(each, name), content)
  }
  const catalog = { streams: [{ stream: { name: "deals" }, sync_mode: "incremental" }] }
  const give: Story["give"] = (text) => {
    const isLater = /\b(sync|plan|doctor|sample)\b/.test(text) && !/\binit\b/.test(text)
    const given = { "config.json": account.config, "pipedrive.json": account.config, "catalog.json": catalog }
    for (const [name, content] of Object.entries(given))
      if ((text.includes(name) || (isLater && name !== "config.json")) && !existsSync(join(folder, name)))
        write(name, JSON.stringify(content))
  }
  return {
    account,
    folder,
    write,
    give,
    checkout: () => {
      if (copy === undefined) {
        copy = join(home, "checkout")
        copyCheckout(copy)
        for (const name of readdirSync(folder).filter((each) => each.endsWith(".json") && each !== "package.json"))
          cpSync(join(folder, name), join(copy, name))
      }
      return copy
    },
    env: {
      ...cleanEnv,
      HOME: home,
      TMPDIR: home,
      PATH: `${join(home, ".bin")}:${path}`,
      DOCS_PATH: path,
      DOCS_EMULATOR: account.emulator.url,
      PIPEDRIVE_API_TOKEN: account.emulator.apiToken,
      DO_NOT_TRACK: "1",
      NO_COLOR: "1"
    },
    close: () => rmSync(home, { recursive: true, force: true })
  }
}
