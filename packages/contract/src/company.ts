import { type Emulator, type EmulatorOptions, type Switches, startEmulator, type Table } from "pipedrive-emulator"
import { onTestFinished } from "vitest"

/** Start of the emulator's clock, well before our own. */
const TIME_ZERO_MS = Date.UTC(2026, 2, 1)

/** Behaviours of the API that no source settles, in the positions of one test. */
export interface World {
  readonly name: string
  readonly switches: Partial<Switches>
}

/** Both positions of everything that is unsettled. */
export const WORLDS: ReadonlyArray<World> = [
  { name: "as the emulator is set", switches: {} },
  {
    name: "with every switch the other way",
    switches: {
      nulls: "last",
      overLimit: "400",
      v1Paging: "flat",
      emptyV1: "array",
      cursorExpiryMs: 60_000,
      childTouchesParent: true,
      archivingTouches: false,
      deletedPipelinesListed: true,
      goalsWithoutMetric: true,
      failuresCost: false,
      deletedParent: "rows",
      installmentsPaged: true,
      permissionSetShape: "object",
      undeclaredPaging: true
    }
  }
]

/** A dozen records of each kind: small enough to be read row by row, over and over. */
const SMALL: Partial<Record<Table, number>> = {
  users: 4,
  deals: 28,
  persons: 10,
  organizations: 7,
  activities: 11,
  products: 7,
  leads: 14,
  notes: 9,
  files: 9,
  filters: 4,
  pipelines: 2,
  stages: 5,
  activityTypes: 4,
  leadLabels: 3,
  callLogs: 5,
  noteComments: 8,
  dealFollowers: 9,
  personFollowers: 7,
  organizationFollowers: 7,
  productFollowers: 7,
  userFollowers: 6,
  dealParticipants: 9,
  relationships: 5,
  pictures: 5,
  variations: 8,
  images: 5,
  dealProducts: 12,
  installments: 10,
  discounts: 6,
  goals: 12,
  mailThreads: 34,
  mailMessages: 48,
  projects: 8,
  boards: 2,
  phases: 5,
  projectTemplates: 3,
  tasks: 7,
  projectGroups: 5,
  projectChanges: 10,
  roles: 3,
  permissionSets: 3,
  legacyTeams: 3,
  webhooks: 3,
  currencies: 5,
  dealChanges: 24,
  personChanges: 14,
  organizationChanges: 12
}

/** A company to be read: an emulator whose clock stands still until it is moved. */
export interface Company {
  readonly emulator: Emulator
  /** Lets time go by. */
  readonly pass: (ms: number) => void
}

const open = async (options: EmulatorOptions): Promise<Company> => {
  const emulator = await startEmulator({
    burstLimit: 100_000,
    dailyTokens: 10_000_000,
    timeZeroMs: TIME_ZERO_MS,
    tokens: ["0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"],
    ...options
  })
  onTestFinished(() => emulator.close())
  let nowMs = TIME_ZERO_MS
  emulator.onRequest(() => emulator.clock.set(nowMs))
  return {
    emulator,
    pass: (ms) => {
      nowMs += ms
      emulator.clock.set(nowMs)
    }
  }
}

/** A small company. */
export const small = (world: World, options: EmulatorOptions = {}): Promise<Company> =>
  open({ ...options, size: { ...SMALL, ...options.size }, switches: { ...world.switches, ...options.switches } })

/** A company with hundreds of records, some kinds of which fill a page. */
export const large = (world: World, options: EmulatorOptions = {}): Promise<Company> =>
  open({
    ...options,
    size: { installments: 620, ...options.size },
    switches: { ...world.switches, ...options.switches }
  })
