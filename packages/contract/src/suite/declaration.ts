import type { SourceStream } from "@pipedrive-source/core"
import type { Source } from "@pipedrive-source/core/reader"
import { it } from "vitest"
import { wrongDeclaration } from "../declaration.ts"
import { expectNone } from "./none.ts"

/** The declaration alone. */
export const declarationTests = (source: Source, stream: SourceStream): void => {
  it("is declared well", () => {
    expectNone(wrongDeclaration(source, stream))
  })
}
