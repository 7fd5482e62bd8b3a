/** What `npm run fuzz` asks for by the environment; without it, tests run as often as they usually do, the same every time. */
const setting = (name: string): number | undefined => {
  const text = process.env[name]
  return text === undefined || text === "" ? undefined : Number(text)
}

/** Where chance begins. */
export const SEED = setting("FUZZ_SEED") ?? 1

/** How many pages to try. */
export const pagesOr = (usual: number): number => setting("FUZZ_PAGES") ?? usual

/** The seeds of as many histories. */
export const seedsOr = (usual: number): ReadonlyArray<number> =>
  Array.from({ length: setting("FUZZ_HISTORIES") ?? usual }, (_, at) => SEED + at)

/** The same of histories of deletions. */
export const deletionSeedsOr = (usual: number): ReadonlyArray<number> =>
  Array.from({ length: setting("FUZZ_DELETIONS") ?? usual }, (_, at) => SEED + at)
