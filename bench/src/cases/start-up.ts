import { type Company, startCompany } from "../company.ts"
import { type Case, type Figure, median, repeated } from "../figure.ts"
import { runBare } from "../program.ts"
import { check, command } from "../source.ts"

const ms = (seconds: number): string => `${(seconds * 1000).toFixed(0)} ms`

/** A program that makes the one request of a check and nothing else. */
const requestOf = ({ apiToken, url }: Company): string =>
  `require("node:http").get("${url}/v1/users/me", { headers: { "x-api-token": "${apiToken}" } }, (answer) => answer.resume())`

/** How near commands start to Node itself. */
export const startUp: Case = {
  name: "start-up",
  async *measure({ runs }) {
    await using company = await startCompany({ size: { users: 5 } })
    const took = await repeated(runs * 7, async () => {
      const bare = await runBare(["-e", "0"])
      const request = (await runBare(["-e", requestOf(company)])) - bare
      return { bare, spec: await runBare([command, "spec"]), check: (await check(company)) - request }
    })
    const figure = (what: string, name: "spec" | "check", atMost: number): Figure => ({
      what,
      measured: ms(median(took.map((one) => one[name]))),
      floor: `${ms(median(took.map(({ bare }) => bare)))} of node -e 0`,
      ratio: median(took.map((one) => one[name] / one.bare)),
      bound: { atMost }
    })
    yield figure("start of spec", "spec", 1.5)
    yield figure("start of check, less what its one request takes a bare program", "check", 2.5)
  }
}
