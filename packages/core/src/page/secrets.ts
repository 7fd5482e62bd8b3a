import type { Edit } from "./edit.ts"
import { type Member, membersOf, nameIn } from "./scan.ts"

/** Cuts every property of these names out of a row, however often it stands there and however its name is spelled. */
export const cutsOf = (row: Uint8Array, names: ReadonlyArray<string>): ReadonlyArray<Edit> => {
  const members = membersOf(row, 0)
  const isSecret = ({ nameStart, nameEnd }: Member): boolean => names.includes(nameIn(row, nameStart, nameEnd))
  const kept = members.findLastIndex((member) => !isSecret(member))
  const cuts: Array<Edit> = []
  for (const [at, member] of members.entries()) {
    const next = members[at + 1]
    // With the comma after it, as far as anything that stays comes after it.
    if (at < kept && next !== undefined && isSecret(member)) {
      cuts.push({ start: member.nameStart - 1, end: next.nameStart - 1 })
    }
  }
  const [first, last] = [members[kept + 1], members.at(-1)]
  if (first !== undefined && last !== undefined) {
    cuts.push({ start: members[kept]?.end ?? first.nameStart - 1, end: last.end })
  }
  return cuts
}
