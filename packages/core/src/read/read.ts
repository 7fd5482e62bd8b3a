import { Cause, Clock, Effect, Result } from "effect"
import { makeAuth } from "../auth.ts"
import { Governor } from "../budget.ts"
import { readStated, type Stated } from "../compat.ts"
import type { Config } from "../config.ts"
import { cursorText } from "../cursor.ts"
import { ConfigError, type NotAvailableError, type ReadError, SystemError, TransientError } from "../errors.ts"
import type { Event, JsonObject } from "../events.ts"
import type { SendHttp } from "../http.ts"
import { defaultLimits, type Limits } from "../limits.ts"
import { meaningOf } from "../refusal.ts"
import type { Source } from "../source.ts"
import { isResumable, type SourceStream } from "../stream.ts"
import { makeTransport, type RefusedError, type Transport } from "../transport.ts"
import { USER_AGENT } from "../user-agent.ts"
import { ChildBook, SinceBook } from "./book.ts"
import { Children, columnsForChildren } from "./children.ts"
import { type Consumer, childrenTo, endBy, rowsTo } from "./consumer.ts"
import { type Family, familiesOf, type Member, type Selected } from "./family.ts"
import { whoAmI } from "./identity.ts"
import { NewestBook, readNewestFirst } from "./newest-first.ts"
import { type Mode, Outlet, unforeseen } from "./outlet.ts"
import { wantedColumns } from "./page.ts"
import { type IncludeLevel, Requests } from "./requests.ts"
import { type Reader, readSince } from "./since.ts"
import { changedRowsTo, fresh, readWhole, SnapshotBook } from "./snapshot.ts"
import { beginSweep, rollingAllowance, sweep } from "./sweep.ts"

/** What to read, and the ports to read it with. */
export interface ReadOptions {
  readonly source: Source
  readonly config: Config
  readonly selection: ReadonlyArray<{ readonly stream: string; readonly mode: Mode }>
  /** States as given, by stream; of any era. */
  readonly states: ReadonlyMap<string, unknown>
  readonly send: SendHttp
  /** Takes an event; returns when there is room for the next one. */
  readonly emit: (event: Event) => Effect.Effect<void>
  readonly limits?: Limits
  /** How requests name themselves. */
  readonly userAgent?: string
}

/** State of a full refresh that is done and would otherwise be begun again. */
const COMPLETE: JsonObject = { __ab_full_refresh_sync_complete: true }
/** State of a stream that keeps none. */
const STATELESS: JsonObject = { __ab_no_cursor_state_message: true }

interface Run {
  readonly config: Config
  readonly transport: Transport
  /** The server's clock, in epoch seconds; asked for where no answer has told it yet. */
  readonly serverSeconds: Effect.Effect<number, ReadError>
  /** Streams that share what rolling sweeps may spend. */
  readonly rolling: number
}

/** A child stream on its way: its children's requests, and how far they are. */
interface ChildRun {
  readonly selected: Selected
  readonly children: Children
  readonly book: ChildBook
  /** For children that are a snapshot themselves. */
  readonly snapshot: SnapshotBook | undefined
  readonly consumer: Consumer
}

const finished = (selected: Selected, state: JsonObject): JsonObject => {
  if (selected.mode === "incremental" && selected.stream.changes !== undefined) return state
  return isResumable(selected.stream) ? COMPLETE : STATELESS
}

const isSnapshot = (stream: SourceStream): boolean => stream.changes?.kind === "snapshot"

const childRun = (run: Run, selected: Selected): ChildRun => {
  const { stream, stated, outlet } = selected
  const snapshot = isSnapshot(stream) ? new SnapshotBook(stream, stated) : undefined
  const children = new Children({
    transport: run.transport,
    stream,
    outlet,
    workers: run.config.workers,
    ...(snapshot !== undefined && {
      filter: (page, rows, parent) => {
        const { rows: kept, commit } = fresh(snapshot, page, rows, parent === undefined ? "" : `${parent.key}|`)
        commit()
        return kept
      }
    })
  })
  return {
    selected,
    children,
    book: new ChildBook(stream, stated, run.config.startDate),
    snapshot,
    consumer: childrenTo(children, outlet)
  }
}

const warnInclude = (outlet: Outlet | undefined, root: SourceStream) => (level: IncludeLevel, text: string) =>
  outlet === undefined
    ? Effect.void
    : outlet.log(
        "WARN",
        `${root.name}: Pipedrive would not give all optional fields (${text}); ` +
          (level === "always" ? "those bound to a plan are left out" : "they are left out") +
          " and asked for again in a day."
      )

const requestsFor = (
  run: Run,
  member: Member,
  include?: IncludeLevel,
  told?: (level: IncludeLevel) => void
): Requests => {
  const { root, self, children } = member
  const outlet = self?.outlet ?? children[0]?.outlet
  const warn = warnInclude(outlet, root)
  return new Requests({
    transport: run.transport,
    stream: root,
    wanted: wantedColumns(root, columnsForChildren(children.map(({ stream }) => stream))),
    sent: (tokens) => outlet?.sent(tokens),
    ...(include !== undefined && { include }),
    refused: (level, text) => {
      told?.(level)
      return warn(level, text)
    }
  })
}

const dueSince = (
  run: Run,
  last: number | undefined,
  everyMs: number | undefined
): Effect.Effect<boolean, ReadError> =>
  everyMs === undefined || last === undefined
    ? Effect.succeed(everyMs !== undefined && last === undefined)
    : Effect.map(run.serverSeconds, (now) => (now - last) * 1000 >= everyMs)

/** A list read by update time, with all who take from it. */
const sinceMember = (
  run: Run,
  member: Member,
  runs: ReadonlyArray<ChildRun>
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { root, self } = member
    const start = run.config.startDate
    const book = self === undefined ? undefined : new SinceBook(root, self.stated, start)
    const nowSeconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const everyMs = root.changes?.kind === "since" ? root.changes.wholeEveryMs : undefined
    let began: number | undefined
    if (book !== undefined && everyMs !== undefined && book.reading === undefined) {
      if (book.ledger.mark !== undefined && book.whole !== undefined && book.ledger.unfinished.size === 1) {
        if (yield* dueSince(run, book.whole, everyMs)) book.readWhole(yield* run.serverSeconds, start)
      }
      began = book.whole === undefined ? nowSeconds : undefined
    }
    const requests = requestsFor(run, member, book?.includeLevel(nowSeconds), (level) => {
      if (book !== undefined && level !== "all") book.include = { level, at: nowSeconds }
    })
    const readers: Array<Reader> = []
    if (self !== undefined && book !== undefined) {
      readers.push({
        consumer: rowsTo(self.outlet),
        ledger: () => book.ledger,
        rebase: (ledger) => {
          book.ledger = ledger
        },
        checkpoint: Effect.suspend(() => self.outlet.checkpoint(book.state()))
      })
    }
    for (const { book: childBook, consumer, selected } of runs) {
      readers.push({
        consumer,
        ledger: () => childBook.ledger(root.name),
        rebase: (ledger) => childBook.rebase(root.name, ledger),
        checkpoint: Effect.suspend(() => selected.outlet.checkpoint(childBook.state()))
      })
    }
    const { gate } = run.transport
    yield* readSince({ requests, readers, workers: run.config.workers, idle: () => gate.idle })
    if (self === undefined || book === undefined) return
    if (everyMs !== undefined) {
      book.whole = book.reading ?? book.whole ?? began
      book.reading = undefined
    }
    const { mark } = book.ledger
    self.outlet.marks(
      self.stated.mark === undefined ? undefined : cursorText(root, self.stated.mark),
      mark === undefined ? undefined : cursorText(root, mark)
    )
    yield* self.outlet.checkpoint(finished(self, book.state()))
    yield* self.outlet.end()
  })

/** Only rows at or after a mark. */
const fromMark = (consumer: Consumer, mark: number | undefined): Consumer =>
  mark === undefined
    ? consumer
    : {
        ...consumer,
        take: (page, rows, done) =>
          consumer.take(
            page,
            rows.filter((row) => !(page.seconds(row) < mark)),
            done
          )
      }

/** A list read newest first. */
const newestMember = (
  run: Run,
  member: Member,
  runs: ReadonlyArray<ChildRun>
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { root, self } = member
    const { changes } = root
    if (changes?.kind !== "newestFirst") return
    const start = run.config.startDate
    const later = (mark: number | undefined) => (mark === undefined ? start : Math.max(mark, start ?? mark))
    const book = self === undefined ? undefined : new NewestBook(root, self.stated)
    let reading: number | undefined
    if (book !== undefined && changes.wholeEveryMs !== undefined && book.upward === undefined) {
      const now = yield* run.serverSeconds
      if (book.mark !== undefined && book.whole !== undefined && (now - book.whole) * 1000 >= changes.wholeEveryMs)
        reading = now
      else book.whole ??= now
    }
    const marks = [
      ...(book === undefined ? [] : [reading !== undefined || book.upward !== undefined ? start : later(book.mark)]),
      ...runs.map(({ book: childBook }) => later(childBook.mark(root.name)))
    ]
    const threshold = marks.some((mark) => mark === undefined) ? undefined : Math.min(...(marks as Array<number>))
    const goesUp = book !== undefined && changes.ascending !== undefined && threshold === undefined
    const consumers = [
      ...(self === undefined || book === undefined
        ? []
        : [
            fromMark(rowsTo(self.outlet), reading === undefined && book.upward === undefined ? later(book.mark) : start)
          ]),
      ...runs.map(({ consumer, book: childBook }) => fromMark(consumer, later(childBook.mark(root.name))))
    ]
    const mark = yield* readNewestFirst({
      requests: requestsFor(run, member),
      consumers,
      threshold,
      ...(goesUp &&
        self !== undefined && {
          upward: { book, checkpoint: Effect.suspend(() => self.outlet.checkpoint(book.state())) }
        })
    })
    for (const { book: childBook } of runs) {
      const before = childBook.mark(root.name)
      if (mark !== undefined) childBook.marks.set(root.name, Math.max(mark, before ?? mark))
    }
    if (self === undefined || book === undefined) return
    const before = book.mark
    if (mark !== undefined) book.mark = Math.max(mark, before ?? mark)
    book.upward = undefined
    if (reading !== undefined) book.whole = reading
    const text = (seconds: number | undefined) => (seconds === undefined ? undefined : cursorText(root, seconds))
    self.outlet.marks(text(before), text(book.mark))
    yield* self.outlet.checkpoint(finished(self, book.state()))
    yield* self.outlet.end()
  })

/** Parents of a list that is a snapshot: those whose content is new since their children were last read. */
const ofChangedParentsIn = (root: string, child: ChildRun): Consumer => {
  const before = child.book.hashes.get(root) ?? new Map<string, string>()
  const now = new Map<string, string>()
  return {
    ...child.consumer,
    take: (page, rows, done) => {
      const changed = rows.filter(
        (row) =>
          before.get(page.key(row)) !== String(page.hash(row)) && now.get(page.key(row)) !== String(page.hash(row))
      )
      const known = rows.filter((row) => !changed.includes(row))
      return child.consumer.take(
        page,
        changed,
        Effect.andThen(
          Effect.sync(() => {
            for (const row of [...changed, ...known]) now.set(page.key(row), String(page.hash(row)))
            child.book.hashes.set(root, new Map([...before, ...now]))
          }),
          done
        )
      )
    },
    flush: Effect.andThen(
      child.consumer.flush,
      Effect.sync(() => {
        if (!child.selected.outlet.ended) child.book.hashes.set(root, now)
      })
    )
  }
}

/** A list read whole: a snapshot, or a stream without changes. */
const wholeMember = (
  run: Run,
  member: Member,
  runs: ReadonlyArray<ChildRun>
): Effect.Effect<void, ReadError | RefusedError> =>
  Effect.gen(function* () {
    const { root, self } = member
    const book = self === undefined ? undefined : new SnapshotBook(root, self.stated)
    let serverSeconds: number | undefined
    const consumers = [
      ...(self === undefined || book === undefined ? [] : [changedRowsTo(self.outlet, book)]),
      ...runs.map((child) => (child.snapshot === undefined ? ofChangedParentsIn(root.name, child) : child.consumer))
    ]
    yield* readWhole(requestsFor(run, member), consumers, (page) => {
      serverSeconds ??= Math.floor(page.serverMs / 1000)
    })
    for (const child of runs) {
      if (serverSeconds !== undefined) child.book.marks.set(root.name, serverSeconds)
      if (child.snapshot !== undefined) child.snapshot.read = serverSeconds
    }
    if (self === undefined || book === undefined) return
    book.read = serverSeconds
    yield* self.outlet.checkpoint(finished(self, root.changes === undefined ? STATELESS : book.state()))
    yield* self.outlet.end()
  })

const readMember = (
  run: Run,
  member: Member,
  runs: ReadonlyArray<ChildRun>
): Effect.Effect<void, ReadError | RefusedError> => {
  switch (member.root.changes?.kind) {
    case "since":
      return sinceMember(run, member, runs)
    case "newestFirst":
      return newestMember(run, member, runs)
    case "snapshot":
    case "ofChangedParents":
    case undefined:
      return wholeMember(run, member, runs)
  }
}

const isRead = (error: ReadError | RefusedError): error is ReadError => error._tag !== "RefusedError"

/** The error of a child whose parents could not be read. */
const inherited = (
  child: SourceStream,
  root: SourceStream,
  error: ReadError | NotAvailableError
): ReadError | NotAvailableError => {
  const fields = { message: `${child.name} needs ${root.name}. ${error.message}` }
  switch (error._tag) {
    case "ConfigError":
      return new ConfigError(fields)
    case "TransientError":
      return new TransientError({
        ...fields,
        ...(error.quotaResetMs !== undefined && { quotaResetMs: error.quotaResetMs })
      })
    case "SystemError":
      return new SystemError(fields)
    case "NotAvailableError":
      return error
  }
}

/** Whether a list's last answer is still fresh enough to stand for it; then the given state is repeated. */
const isFresh = (run: Run, source: Source, selected: Selected): Effect.Effect<boolean, ReadError> =>
  Effect.gen(function* () {
    const { stream, stated, mode } = selected
    if (mode === "full_refresh" || stream.changes === undefined || stated.own === undefined) return false
    const parent = source.streams.find(({ name }) => name === stream.parents?.streams[0])
    const freshness = (each: SourceStream | undefined) =>
      each?.changes?.kind === "snapshot" ? each.changes.freshnessMs : undefined
    const freshnessMs = freshness(stream) ?? (isSnapshot(stream) ? undefined : freshness(parent))
    if (freshnessMs === undefined) return false
    const last = isSnapshot(stream)
      ? new SnapshotBook(stream, stated).read
      : parent === undefined
        ? undefined
        : new ChildBook(stream, stated, undefined).mark(parent.name)
    if (last === undefined) return false
    const now = yield* run.serverSeconds
    if ((now - last) * 1000 >= freshnessMs) return false
    yield* selected.outlet.log(
      "INFO",
      `${stream.name}: last read ${new Date(last * 1000).toISOString()}, which is fresh enough (${freshnessMs / 3_600_000} h); not read again.`
    )
    yield* selected.outlet.repeat()
    yield* selected.outlet.end()
    return true
  })

/** Whether nothing is left to do for a stream: its full refresh is complete, or its mark lies in the future. */
const isDone = (run: Run, selected: Selected): Effect.Effect<boolean, ReadError> =>
  Effect.gen(function* () {
    const { stream, stated, mode, outlet } = selected
    if (mode === "full_refresh" && stated.complete === true && isResumable(stream)) {
      yield* outlet.checkpoint(COMPLETE)
      yield* outlet.end()
      return true
    }
    const nowMs = yield* Clock.currentTimeMillis
    if (stated.mark === undefined || stated.mark * 1000 <= nowMs || mode === "full_refresh") return false
    if (stated.mark <= (yield* run.serverSeconds)) return false
    yield* outlet.log(
      "INFO",
      `${stream.name}: its mark ${cursorText(stream, stated.mark)} lies in the future; nothing is read.`
    )
    yield* outlet.repeat()
    yield* outlet.end()
    return true
  })

/** Looks through parents that did not change, where that is due. */
const sweepChild = (run: Run, source: Source, family: Family, child: ChildRun): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { selected, book, children, consumer } = child
    const { stream, outlet } = selected
    const kind = stream.changes?.kind === "ofChangedParents" ? stream.changes.sweep : "none"
    if (kind === "none" || selected.mode === "full_refresh") return
    const nowSeconds = yield* run.serverSeconds
    if (!beginSweep(book, nowSeconds)) return
    const parents = source.streams.filter(({ name }) => stream.parents?.streams.includes(name) === true)
    yield* sweep({
      swept: {
        stream,
        book,
        children,
        consumer,
        checkpoint: Effect.suspend(() => outlet.checkpoint(book.state()))
      },
      parents,
      requestsFor: (root) =>
        requestsFor(run, {
          root,
          self: undefined,
          children: family.flatMap((member) => member.children).filter((each) => each === selected)
        }),
      nowSeconds,
      start: run.config.startDate,
      allowance: kind === "whole" ? undefined : rollingAllowance(run.transport.gate.governor.dailyLimit, run.rolling)
    })
  }).pipe(
    Effect.catch((error) =>
      endBy(child.selected.outlet, error._tag === "RefusedError" ? meaningOf(child.selected.stream, error) : error)
    )
  )

const readFamily = (run: Run, source: Source, family: Family): Effect.Effect<void> =>
  Effect.gen(function* () {
    const selected = [
      ...new Set(family.flatMap(({ self, children }) => [...(self === undefined ? [] : [self]), ...children]))
    ]
    const open = new Set<Selected>()
    for (const each of selected) {
      yield* each.outlet.start()
      const skip = yield* isDone(run, each).pipe(
        Effect.flatMap((done) => (done ? Effect.succeed(true) : isFresh(run, source, each))),
        Effect.catch((error) => Effect.as(each.outlet.end(error), true))
      )
      if (!skip) open.add(each)
    }
    const runs = new Map(
      selected
        .filter(({ stream }) => stream.parents !== undefined)
        .flatMap((each) => (open.has(each) ? [[each, childRun(run, each)] as const] : []))
    )
    for (const member of family) {
      const self = member.self !== undefined && open.has(member.self) ? member.self : undefined
      const children = member.children.filter((child) => open.has(child) && !child.outlet.ended)
      if (self === undefined && children.length === 0) continue
      const mine = children.map((child) => runs.get(child) as ChildRun)
      const fail = (error: ReadError | NotAvailableError) =>
        Effect.gen(function* () {
          if (self !== undefined) yield* endBy(self.outlet, error)
          for (const child of children) yield* endBy(child.outlet, inherited(child.stream, member.root, error))
        })
      yield* readMember(run, { ...member, self, children }, mine).pipe(
        Effect.catch((error) => fail(isRead(error) ? error : meaningOf(member.root, error))),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.failCause(cause)
            : fail(unforeseen(member.root.name, Cause.squash(cause)))
        )
      )
    }
    for (const child of runs.values()) {
      const { selected: each, book, children, snapshot } = child
      if (each.outlet.ended) continue
      yield* sweepChild(run, source, family, child)
      if (each.outlet.ended) continue
      yield* children.verdict().pipe(
        Effect.andThen(
          Effect.suspend(() => {
            const { lowest } = book
            const text = (seconds: number | undefined) =>
              seconds === undefined ? undefined : cursorText(each.stream, seconds)
            each.outlet.marks(text(each.stated.mark), text(lowest))
            return each.outlet.checkpoint(finished(each, snapshot === undefined ? book.state() : snapshot.state()))
          })
        ),
        Effect.andThen(each.outlet.end()),
        Effect.catch((error) => each.outlet.end(error))
      )
    }
  })

/**
 * Reads the selected streams. Never fails: what goes wrong with a stream is its Ended event's error, and the others
 * go on. Every selected stream is started and ended.
 */
export const readSource = (options: ReadOptions): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { source, config, send, emit, limits = defaultLimits, userAgent = USER_AGENT } = options
    const auth = makeAuth({ config, send, emit, limits, userAgent })
    const governor = new Governor(config.dailyBudgetShare)
    const transport = makeTransport({ auth, governor, workers: config.workers, send, limits, userAgent })
    const rolling = options.selection.filter(({ stream: name, mode }) => {
      const changes = source.streams.find((each) => each.name === name)?.changes
      return mode === "incremental" && changes?.kind === "ofChangedParents" && changes.sweep === "rolling"
    }).length
    const run: Run = {
      config,
      transport,
      rolling,
      serverSeconds: Effect.gen(function* () {
        let ms = yield* transport.serverMs
        if (ms === undefined) {
          yield* whoAmI(transport)
          ms = (yield* transport.serverMs) ?? (yield* Clock.currentTimeMillis)
        }
        return Math.floor(ms / 1000)
      })
    }
    const selected: Array<Selected> = []
    for (const { stream: name, mode } of options.selection) {
      const stream = source.streams.find((each) => each.name === name)
      if (stream === undefined) continue
      const given = options.states.get(name) as JsonObject | undefined
      const keepsState = stream.changes !== undefined && (mode === "incremental" || isResumable(stream))
      const outlet = new Outlet(stream, stream.changes === undefined ? "full_refresh" : mode, given ?? undefined, emit)
      const stated: Result.Result<Stated, ConfigError> = keepsState ? readStated(stream, given) : Result.succeed({})
      if (Result.isFailure(stated)) {
        yield* outlet.start()
        yield* outlet.end(stated.failure)
        continue
      }
      const { complete, ...rest } = stated.success
      selected.push({
        stream,
        mode: outlet.mode,
        stated: mode === "full_refresh" ? stated.success : complete === true ? {} : rest,
        outlet,
        given
      })
    }
    yield* Effect.forEach(familiesOf(source, selected), (family) => readFamily(run, source, family), {
      concurrency: config.workers,
      discard: true
    })
  })
