/** Size of V8's young generation that a read needs; more only lets garbage wait longer. */
const ENOUGH_BYTES = 4 << 20
const EACH_MS = 50

/**
 * Keeps V8's young generation small, which grows to 64 MB by itself. A read makes garbage in pages of a megabyte that
 * lie outside the heap and are freed only with the small objects that hold them: the larger the young generation, the
 * longer they wait.
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
