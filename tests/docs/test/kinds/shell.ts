import type { Block } from "../markdown.ts"
import { root } from "../markdown.ts"
import { linesNotRun } from "../not-run.ts"
import { run } from "../process.ts"
import type { Story } from "../story.ts"

/** Commands that make sense in a checkout alone; all others run in the user's folder. */
const IN_CHECKOUT =
  /\bnpm (ci|run|test|pack)\b|\bnpx (biome|changeset|turbo)\b|\bgit\b|<checkout>|(^|[\s=])(\.\/|\$PWD\/)?(packages|apps|scripts|bench|tests|\.ci)\//m

/** Where it says a token of one's own, or where the local Pipedrive is, it gets those of the account. */
const aimed = (text: string, { account: { emulator } }: Story, checkout: string): string =>
  text
    .replaceAll(/http:\/\/(127\.0\.0\.1|localhost):8686/g, emulator.url)
    .replaceAll(/(--api-token[ =])(…|\S*…\S*|<[^>]*>)/g, `$1${emulator.apiToken}`)
    .replaceAll("<checkout>", checkout)

/** Runs a script up to the first command that fails; what is on the list of those that cannot run is left out. */
export const runShell = async (block: Block, story: Story): Promise<void> => {
  const lines = linesNotRun(block)
  const script = block.text
    .split("\n")
    .filter((_, at) => !lines.has(at))
    .join("\n")
  const isInCheckout = IN_CHECKOUT.test(script)
  const checkout = isInCheckout ? story.checkout() : root
  const cwd = isInCheckout && !/^git clone /m.test(script) ? checkout : story.folder
  story.give(script)
  const env = { ...story.env, DOCS_CHECKOUT: checkout }
  const { code, stdout, stderr } = await run("bash", ["-euo", "pipefail", "-c", aimed(script, story, checkout)], {
    cwd,
    env
  })
  if (code !== 0) throw new Error(`It ends with ${code}.\n${script}\n${stdout.slice(-4_000)}${stderr.slice(-4_000)}`)
}
