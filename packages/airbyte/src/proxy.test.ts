import { describe, expect, it } from "vitest"
import { type Environment, routeOf } from "./proxy.ts"

const route = (environment: Environment, address = "https://api.pipedrive.com/v1/users/me") =>
  routeOf(new URL(address), environment)

/** `host:port` of the proxy that is asked, or the kind of another route. */
const asked = (environment: Environment, address?: string): string => {
  const found = route(environment, address)
  return found._tag === "Proxy" ? `${found.proxy.protocol}//${found.proxy.host}:${found.proxy.port}` : found._tag
}

describe("the proxy of an environment", () => {
  it.each<[string, Environment, string]>([
    ["is none without a variable", {}, "Direct"],
    ["is none where the variable is empty", { HTTPS_PROXY: "", https_proxy: " " }, "Direct"],
    ["is http where no scheme is written", { https_proxy: "proxy.corp:3128" }, "http://proxy.corp:3128"],
    ["is http where only a host is written", { https_proxy: "proxy.corp" }, "http://proxy.corp:80"],
    ["is an address without a scheme", { https_proxy: "10.0.0.1:8080" }, "http://10.0.0.1:8080"],
    ["is an IPv6 address", { https_proxy: "[::1]:3128" }, "http://::1:3128"],
    ["has a scheme", { HTTPS_PROXY: "http://proxy.corp:3128/" }, "http://proxy.corp:3128"],
    ["has an upper-case scheme", { HTTPS_PROXY: "HTTP://proxy.corp:3128" }, "http://proxy.corp:3128"],
    ["is asked over TLS", { HTTPS_PROXY: "https://proxy.corp" }, "https://proxy.corp:443"],
    ["is the lower-case one first", { https_proxy: "lower:1", HTTPS_PROXY: "upper:1" }, "http://lower:1"],
    ["is the upper-case one where the other is empty", { https_proxy: "", HTTPS_PROXY: "upper:1" }, "http://upper:1"],
    ["is that of all protocols last", { ALL_PROXY: "all:1", HTTPS_PROXY: "upper:1" }, "http://upper:1"],
    ["is that of all protocols alone", { all_proxy: "all:1" }, "http://all:1"],
    ["is not that of plain http", { http_proxy: "plain:1", HTTP_PROXY: "plain:1" }, "Direct"],
    ["cannot be SOCKS", { HTTPS_PROXY: "socks5://proxy.corp:1080" }, "Unusable"],
    ["cannot be half an address", { HTTPS_PROXY: "http://" }, "Unusable"],
    ["cannot have a port beyond the last", { HTTPS_PROXY: "proxy.corp:99999" }, "Unusable"]
  ])("%s", (_, environment, expected) => {
    expect(asked(environment)).toBe(expected)
  })

  it("is given the credentials of its address, decoded", () => {
    const authorization = (value: string): string | undefined => {
      const found = route({ https_proxy: value })
      return found._tag === "Proxy" ? found.proxy.authorization : found._tag
    }
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`
    expect(authorization("user:pass@proxy:3128")).toBe(basic("user:pass"))
    expect(authorization("http://user%40corp:p%3Ass@proxy:3128")).toBe(basic("user@corp:p:ss"))
    expect(authorization("http://user:50%@proxy:3128")).toBe(basic("user:50%"))
    expect(authorization("http://user@proxy:3128")).toBe(basic("user:"))
    expect(authorization("http://proxy:3128")).toBeUndefined()
  })

  it.each<[string, string, boolean]>([
    ["*", "https://api.pipedrive.com", true],
    ["api.pipedrive.com", "https://api.pipedrive.com", true],
    ["API.Pipedrive.COM", "https://api.pipedrive.com", true],
    ["pipedrive.com", "https://api.pipedrive.com", true],
    [".pipedrive.com", "https://api.pipedrive.com", true],
    ["*.pipedrive.com", "https://api.pipedrive.com", true],
    ["localhost, 10.0.0.1 ,pipedrive.com", "https://api.pipedrive.com", true],
    ["localhost pipedrive.com", "https://api.pipedrive.com", true],
    ["api.pipedrive.com:443", "https://api.pipedrive.com", true],
    ["api.pipedrive.com:8443", "https://api.pipedrive.com", false],
    ["oauth.pipedrive.com", "https://api.pipedrive.com", false],
    ["drive.com", "https://api.pipedrive.com", false],
    ["", "https://api.pipedrive.com", false],
    [",", "https://api.pipedrive.com", false]
  ])("with NO_PROXY %j and %s is left out: %s", (exceptions, address, isDirect) => {
    for (const name of ["no_proxy", "NO_PROXY"])
      expect(asked({ https_proxy: "proxy:3128", [name]: exceptions }, address)).toBe(
        isDirect ? "Direct" : "http://proxy:3128"
      )
  })
})
