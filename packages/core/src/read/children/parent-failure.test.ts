import { describe, expect, it } from "vitest"
import { ConfigError, SystemError, TransientError } from "../../errors.ts"
import { failureOf, incomplete, isOfParent, nullWarning } from "./parent-failure.ts"

const unanswered = (tries: number, why: string, isNull = false) =>
  new TransientError({ message: "no answer", unanswered: { tries, why, isNull } })
const budget = new TransientError({ message: "the day's budget is spent", quotaResetMs: 5 })
const strange = new SystemError({ message: "Stopped at rows: strange", answered: "strange words" })
const broken = new SystemError({ message: "it broke" })

describe("a failure", () => {
  it("is a parent's where its own answers are to blame", () => {
    expect([unanswered(3, "500"), strange, broken].map(isOfParent)).toEqual([true, true, true])
    expect([budget, new ConfigError({ message: "no scope" })].map(isOfParent)).toEqual([false, false])
  })

  it("knows whether every answer was null", () => {
    expect(failureOf("4", unanswered(3, "a body of null", true))).toMatchObject({ ask: "4", isNull: true })
    for (const error of [unanswered(3, "500"), budget, broken]) expect(failureOf("4", error).isNull).toBe(false)
  })
})

describe("the error of a stream that lacks the children of some parents", () => {
  const of = (errors: ReadonlyArray<TransientError | SystemError>, kept = errors.length, most = 100) =>
    incomplete(
      "flow",
      errors.map((error, at) => failureOf(String(at + 1), error)),
      kept,
      most
    )
  const again = "All other parents have been read; the next sync asks for these again."

  it("names what each answered", () => {
    expect(of([unanswered(1, "500: no"), unanswered(3, "a body of null"), strange, broken]).message).toBe(
      "flow is not complete: Pipedrive gave no usable answer for 4 parents: 1 after 1 try (500: no), " +
        `2 after 3 tries (a body of null), 3 (strange words), 4 (it broke). ${again}`
    )
    expect(of([unanswered(2, "500")]).message).toBe(
      `flow is not complete: Pipedrive gave no usable answer for 1 parent: 1 after 2 tries (500). ${again}`
    )
  })

  it("counts those that it does not name", () => {
    const many = (count: number) => of(Array.from({ length: count }, () => broken)).message
    expect(many(5)).toMatch(/: 1 \(it broke\), .*, 5 \(it broke\)\. All/)
    expect(many(6)).toMatch(/, 5 \(it broke\) and 1 more\. All/)
  })

  it("counts those of earlier syncs", () => {
    expect(of([broken], 3).message).toContain(
      "for 3 parents: 1 (it broke); 2 of earlier syncs not asked again in this one. All"
    )
    expect(of([], 2).message).toContain("for 2 parents: 2 of earlier syncs not asked again in this one. All")
  })

  it("says that the watermark stays where more fail than a state keeps", () => {
    expect(of([broken], 2, 2).message).toContain(again)
    expect(of([broken], 3, 2).message).toContain(
      "That is more than the 2 a state keeps, so the watermark stays where it was and the next sync reads from there."
    )
  })

  it("is transient, unless waiting cannot help with one", () => {
    expect(of([unanswered(1, "500"), unanswered(1, "502")])._tag).toBe("TransientError")
    expect(of([unanswered(1, "500"), strange])._tag).toBe("SystemError")
    expect(of([], 1)._tag).toBe("TransientError")
  })
})

it("says of parents whose null counts as no rows how many they are", () => {
  const words = (...asked: ReadonlyArray<string>) => nullWarning("flow", asked)
  expect(words("4")).toBe(
    "flow: 1 parent (4) answered with a body of null, as in each sync before, and counts as having no rows."
  )
  expect(words("1", "2", "3", "4", "5", "6", "7")).toBe(
    "flow: 7 parents (1, 2, 3, 4, 5 and 2 more) answered with a body of null, as in each sync before, and count as having no rows."
  )
})
