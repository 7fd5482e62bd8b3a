import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { parse } from "yaml"
import { testCompany, testFolder } from "./folder.ts"
import { cleanEnv, run, succeed } from "./process.ts"
import { pythonCache } from "./python.ts"
import { root } from "./repository.ts"

/** The version that these tests are written for, with pytest. */
const REQUIREMENT = "airbyte-cdk[dev]==7.39.1"
const app = join(root, "apps/source-pipedrive")
const main = join(app, "dist/main.js")
const cache = await pythonCache("airbyte-cdk", "airbyte-cdk", "Airbyte's standard tests")

/** Tests of the suite that pass, each with the config it runs with; the others do not run for that config. */
const PASSED = [
  "test_basic_read['config' Test Scenario]",
  "test_check['config' Test Scenario]",
  "test_check['invalid_config' Test Scenario]",
  "test_config_matches_spec['config' Test Scenario]",
  "test_discover['config' Test Scenario]",
  "test_fail_read_with_bad_catalog['config' Test Scenario]",
  "test_spec"
]

it.skipIf(cache.missing !== undefined)(
  "Airbyte's standard tests pass, all that need no Docker, on every stream",
  { timeout: 600_000 },
  async () => {
    await cache.fill(async (python, env) => {
      await succeed(python, ["-m", "venv", ".venv"], { cwd: cache.folder, env })
      await succeed(".venv/bin/pip", ["install", "--quiet", REQUIREMENT], { cwd: cache.folder, env })
    })
    const { path } = testFolder()
    const { config, emulator } = await testCompany()
    const source = join(path, "source-pipedrive")
    const write = (name: string, content: unknown): void =>
      writeFileSync(join(source, name), typeof content === "string" ? content : JSON.stringify(content))
    for (const name of ["metadata.yaml", "integration_tests"])
      cpSync(join(app, name), join(source, name), { recursive: true })
    cpSync(join(import.meta.dirname, "airbyte_standards.py"), join(source, "test_standards.py"))
    mkdirSync(join(source, "secrets"))
    write("secrets/config.json", config)
    const invalid = "integration_tests/invalid_config.json"
    write(invalid, { ...JSON.parse(readFileSync(join(app, invalid), "utf8")), base_url: emulator.url })
    // Without a catalog of its own, the read takes every stream that discover shows.
    const acceptance = readFileSync(join(app, "acceptance-test-config.yml"), "utf8")
    write("acceptance-test-config.yml", acceptance.replaceAll(/^ *configured_catalog_path: .*\n/gm, ""))

    const { code, stdout, stderr } = await run(
      join(cache.folder, ".venv/bin/python"),
      ["-m", "pytest", "-q", "--tb=short", "-m", "not image_tests", "--junitxml=report.xml", "test_standards.py"],
      {
        cwd: source,
        env: { ...cleanEnv, SOURCE_COMMAND: JSON.stringify([process.execPath, main]), PYTHONDONTWRITEBYTECODE: "1" }
      }
    )
    expect(code, stdout + stderr).toBe(0)
    const report = readFileSync(join(source, "report.xml"), "utf8")
    const passed = [...report.matchAll(/<testcase classname="[^"]*" name="([^"]*)" time="[^"]*" ?\/>/g)]
    expect(passed.map(([, name]) => name?.replaceAll("&apos;", "'").replaceAll("&#39;", "'")).sort()).toEqual(PASSED)
  }
)

it("the image is tested by the same version, where there is Docker", () => {
  const workflow = readFileSync(join(root, ".github/workflows/image.yml"), "utf8")
  expect(workflow).toContain(`pip install "${REQUIREMENT}"`)
  const { connector_image } = parse(readFileSync(join(app, "acceptance-test-config.yml"), "utf8"))
  expect(readFileSync(join(root, ".ci/image"), "utf8")).toContain(`\nimage=${connector_image}\n`)
})
