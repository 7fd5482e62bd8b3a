import { FAULTS, namesParent, type Reply } from "./fault-kinds.ts"
import type { FaultKind, FaultRule, IncomingRequest } from "./interface.ts"

/** Names of all faults. */
export const FAULT_KINDS: ReadonlyArray<FaultKind> = Object.keys(FAULTS) as FaultKind[]

interface Armed {
  readonly rule: FaultRule
  seen: number
  readonly memory: Map<string, string>
}

/** What a request has to suffer. */
export interface Strike {
  readonly kind: FaultKind
  readonly instead: (() => Reply) | undefined
  readonly spoil: (reply: Reply) => Reply
}

/** The rules in force. */
export class Faults {
  readonly #armed: Armed[] = []

  add(rule: FaultRule): () => void {
    if (!Object.hasOwn(FAULTS, rule.kind)) throw new Error(`There is no fault "${rule.kind}"`)
    const armed: Armed = { rule, seen: 0, memory: new Map() }
    this.#armed.push(armed)
    return () => {
      const at = this.#armed.indexOf(armed)
      if (at >= 0) this.#armed.splice(at, 1)
    }
  }

  /** Counts a request with every rule it matches and returns the first one that strikes. */
  strike(request: IncomingRequest): { strike: Strike | undefined; watch: (reply: Reply) => void } {
    let strike: Strike | undefined
    const watching: Array<(reply: Reply) => void> = []
    for (const armed of this.#armed) {
      const { rule, memory } = armed
      if (!matches(rule, request)) continue
      const { applies, instead, spoil, watch } = FAULTS[rule.kind]
      if (watch !== undefined) watching.push((given) => watch(given, request, memory))
      if (applies?.(request, rule, memory) === false) continue
      armed.seen++
      const from = rule.from ?? 1
      if (strike !== undefined || armed.seen < from || armed.seen >= from + (rule.times ?? Number.POSITIVE_INFINITY))
        continue
      strike = {
        kind: rule.kind,
        instead: instead === undefined ? undefined : () => instead(rule, request, memory),
        spoil: (given) => spoil?.(given, rule, request, memory) ?? given
      }
    }
    const watch = (given: Reply): void => {
      for (const see of watching) see(given)
    }
    return { strike, watch }
  }
}

function matches(rule: FaultRule, request: IncomingRequest): boolean {
  const { path, query } = request
  if (rule.ids !== undefined && !namesParent(request, rule.ids)) return false
  const isPath = rule.path === undefined || (typeof rule.path === "string" ? rule.path === path : rule.path.test(path))
  return isPath && Object.entries(rule.query ?? {}).every(([name, value]) => query[name] === value)
}
