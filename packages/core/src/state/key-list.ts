/**
 * Ids as a short text: the highest, then the way down to each further one, in base 36; `1*3` is three steps of one.
 * Neighbours take next to nothing, and ids of a hundred apart two letters and a comma.
 */

/** Ids that one text may stand for: what is damaged takes no memory to speak of. */
const MOST_IDS = 200_000

const STEP = /^([0-9a-z]{1,11})(?:\*([0-9a-z]{1,4}))?$/

/** Whether a key, as JSON text, is an id that such a text can hold. */
export const isListedId = (key: string): boolean => /^(0|[1-9]\d{0,14})$/.test(key)

/** @param most letters; where they do not reach, the lowest ids are left out */
export const idList = (ids: ReadonlyArray<number>, most: number): string => {
  const sorted = [...ids].sort((a, b) => b - a).slice(0, MOST_IDS)
  const steps: Array<string> = []
  let letters = 0
  let gap = 0
  let count = 0
  const add = (): boolean => {
    const step = count > 1 ? `${gap.toString(36)}*${count.toString(36)}` : gap.toString(36)
    letters += step.length + 1
    if (letters > most) return false
    steps.push(step)
    return true
  }
  for (const [at, id] of sorted.entries()) {
    const before = sorted[at - 1]
    const down = before === undefined ? id : before - id
    if (at > 1 && down === gap) {
      count++
      continue
    }
    if (at > 0 && !add()) return steps.join(",")
    gap = down
    count = 1
  }
  if (count > 0) add()
  return steps.join(",")
}

/** The ids in a text that `idList` wrote; undefined where it is none. */
export const idsIn = (text: string): ReadonlyArray<number> | undefined => {
  const ids: Array<number> = []
  for (const [at, step] of text.split(",").entries()) {
    const [, gap = "", count = "1"] = STEP.exec(step) ?? []
    const times = Number.parseInt(count, 36)
    if (ids.length + times > MOST_IDS) return undefined
    for (let time = 0; time < times; time++) {
      const way = Number.parseInt(gap, 36)
      const id = at === 0 ? way : (ids.at(-1) as number) - way
      if (id < 0 || !Number.isSafeInteger(id)) return undefined
      ids.push(id)
    }
  }
  return ids
}
