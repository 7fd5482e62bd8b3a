import { describe, expect, it } from "vitest"
import { type Command, help, parseCommand, usage } from "./cli.ts"

const problemOf = (command: Command): string => (command._tag === "Misused" ? command.problem : command._tag)

describe("the command line", () => {
  it("takes flags in any order and in both forms", () => {
    const wanted = {
      _tag: "Read",
      config: "c.json",
      catalog: "k.json",
      state: "s.json",
      debug: false,
      plugins: []
    }
    expect(parseCommand(["read", "--config", "c.json", "--catalog", "k.json", "--state", "s.json"])).toEqual(wanted)
    expect(parseCommand(["--state=s.json", "--catalog=k.json", "read", "--config=c.json"])).toEqual(wanted)
  })

  it("knows each command", () => {
    expect(parseCommand(["spec"])).toEqual({ _tag: "Spec" })
    expect(parseCommand(["spec", "--debug"])).toEqual({ _tag: "Spec" })
    expect(parseCommand(["check", "--config", "c"])).toEqual({ _tag: "Check", config: "c", debug: false, plugins: [] })
    expect(parseCommand(["discover", "--config", "c"])._tag).toBe("Discover")
    expect(parseCommand(["read", "--config", "c", "--catalog", "k"])).not.toHaveProperty("state")
    expect(parseCommand(["--help"])).toEqual({ _tag: "Help" })
    expect(parseCommand(["read", "-h"])).toEqual({ _tag: "Help" })
    expect(parseCommand(["--version"])).toEqual({ _tag: "Version" })
  })

  it("asks for debug lines by a flag or by the environment", () => {
    const args = ["check", "--config", "c"]
    expect(parseCommand([...args, "--debug"])).toHaveProperty("debug", true)
    expect(parseCommand(args, { LOG_LEVEL: "DEBUG" })).toHaveProperty("debug", true)
    expect(parseCommand(args, { LOG_LEVEL: "INFO" })).toHaveProperty("debug", false)
  })

  it("takes more plugins and a place for a changed config", () => {
    expect(
      parseCommand(["check", "--config", "c", "--plugin", "a", "--plugin=./b.js", "--save-config", "d"])
    ).toMatchObject({ plugins: ["a", "./b.js"], saveConfig: "d" })
  })

  it.each([
    [[], "No command given."],
    [["fly"], 'Unknown command "fly".'],
    [["read", "check", "--config", "c"], 'Unexpected argument "check".'],
    [["check"], "check needs --config."],
    [["discover"], "discover needs --config."],
    [["read", "--catalog", "k"], "read needs --config."],
    [["read", "--config", "c"], "read needs --catalog."],
    [["check", "--confg", "c"], "Unknown option '--confg'."],
    [["check", "--config"], "Option '--config <value>' argument missing."],
    [["check", "--config", "--debug"], "Option '--config' argument is ambiguous."],
    [["check", "--debug=yes"], "Option '--debug' does not take an argument."],
    [["spec", "--config", ""], "--config is empty: it must name a file."],
    [["check", "--config", ""], "--config is empty: it must name a file."],
    [["discover", "--config="], "--config is empty: it must name a file."],
    [["read", "--config", "c", "--catalog", " "], "--catalog is empty: it must name a file."],
    [["read", "--config", "c", "--catalog", "k", "--state="], "--state is empty: it must name a file."],
    [["check", "--config", "c", "--save-config", ""], "--save-config is empty: it must name a file."],
    [["check", "--config", "c", "--plugin", "a", "--plugin="], "--plugin is empty: it must name a file or a package."]
  ])("refuses %j in one line", (args, problem) => {
    expect(problemOf(parseCommand(args))).toBe(problem)
  })

  it("is told in one line, and in full", () => {
    expect(usage("source-pipedrive")).not.toContain("\n")
    for (const flag of ["--config", "--catalog", "--state", "--save-config", "--plugin", "--debug"])
      expect(help("source-pipedrive")).toContain(flag)
  })
})
