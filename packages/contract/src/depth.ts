/** A setting of the environment; undefined where it is unset or no whole number. */
const setting = (name: string): number | undefined => {
  const value = Number.parseInt(process.env[name] ?? "", 10)
  return Number.isNaN(value) ? undefined : value
}

/**
 * How often something is left to chance: `FUZZ_STREAMS` times where that is set, as `npm run fuzz` does; else a few
 * times, the same each time.
 */
export const timesOr = (usual: number): number => setting("FUZZ_STREAMS") ?? usual

/** The first seed. */
export const SEED = setting("FUZZ_SEED") ?? 1
