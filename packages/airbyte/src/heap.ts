/** The size of V8's young generation that a read needs; with more, garbage only waits longer. */
const ENOUGH_BYTES = 4 << 20
const EACH_MS = 50

/**
 * Keeps V8's young generation small; by default it grows to 64 MB. The garbage of a read is pages of a megabyte outside
 * the heap, which are only freed with the small objects that refer to them: the larger the young generation, the longer
 * they wait.
 */
export const keepYoungHeapSmall = (): void => {
  const v8 = process.getBuiltinModule("node:v8")
  const timer = setInterval(() => {
    const young = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")
    if (young === undefined || young.space_size < ENOUGH_BYTES) return
    v8.setFlagsFromString("--semi-space-growth-factor=1")
    clearInterval(timer)
  }, EACH_MS)
  timer.unref()
}
