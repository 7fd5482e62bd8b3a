/**
 * Requests for children: of one parent, with its key in the path, or of many, with their keys in a parameter. A request
 * that is likely to fail gets fewer tries, as each costs tokens.
 */
import { Effect } from "effect"
import type { Path, Query, SourceStream } from "../../declare/stream.ts"
import { type NotAvailableError, type ReadError, SystemError } from "../../errors.ts"
import type { RefusedError, Transport } from "../../http/client.ts"
import { everyRow, type Page, wantedColumns } from "../../page/page.ts"
import { readAllPages } from "../pages/list.ts"
import { pathOf, Requests } from "../pages/requests.ts"
import { columnsForChildren, type Parent } from "./parent.ts"

type Failure = ReadError | NotAvailableError

/** Takes rows of a page of children. */
type Take = (page: Page, rows: ReadonlyArray<number>) => Effect.Effect<void, Failure>

/** Tries of a request that is likely to fail again: tokens of the day are spent on each. */
const FEW_TRIES = 2

interface ChildRequestsOptions {
  readonly transport: Transport
  readonly stream: SourceStream
  readonly sent: (tokens: number) => void
  /** The children of these rows, where they are only the way to them. */
  readonly into: SourceStream | undefined
}

/** Requests for the children of one parent, or of many at a time. */
export class ChildRequests {
  readonly #stream: SourceStream
  readonly #usual: Requests
  readonly #fewTries: Requests

  constructor({ transport, stream, sent, into }: ChildRequestsOptions) {
    this.#stream = stream
    const asked = {
      transport,
      stream,
      wanted: wantedColumns(stream, [
        ...(stream.parents === undefined ? [] : [stream.parents.as]),
        ...(into === undefined ? [] : columnsForChildren([into]))
      ]),
      sent
    }
    this.#usual = new Requests(asked)
    this.#fewTries = new Requests({ ...asked, tries: FEW_TRIES })
  }

  /** Keys one request takes. */
  get batchSize(): number {
    const ask = this.#stream.parents?.ask
    return ask?.in === "query" ? ask.size : 1
  }

  /**
   * Reads all children of some parents.
   *
   * @returns false where they are too many for the one page the endpoint has: they are to be asked for in halves
   */
  read(batch: ReadonlyArray<Parent>, few: boolean, take: Take): Effect.Effect<boolean, Failure | RefusedError> {
    const { parents, parts, path: wholePath } = this.#stream
    const [first] = batch
    if (parents === undefined || first === undefined) return Effect.succeed(true)
    const requests = few ? this.#fewTries : this.#usual
    return Effect.gen({ self: this }, function* () {
      for (const part of parts ?? [{}]) {
        const asked: Query = {
          ...part.query,
          ...(parents.ask.in === "query" && { [parents.ask.parameter]: batch.map(({ ask }) => ask).join(",") }),
          ...(parents.period !== undefined &&
            first.start !== undefined && {
              [parents.period.start.parameter]: first.start,
              [parents.period.end.parameter]: first.end ?? first.start
            })
        }
        const path = pathOf(part.path ?? wholePath, parents.ask.in === "path" ? first.ask : undefined)
        if (parents.ask.in === "query" && parents.ask.size > 1) {
          if (!(yield* this.#bulk(requests, path, asked, batch.length, take))) return false
        } else {
          yield* readAllPages(requests, path, asked, take)
        }
      }
      return true
    })
  }

  /** Children of many parents, of an endpoint that may tell no next page. */
  #bulk(
    requests: Requests,
    path: Path,
    asked: Query,
    parents: number,
    take: Take
  ): Effect.Effect<boolean, Failure | RefusedError> {
    const { paging, name } = this.#stream
    const all = Effect.as(readAllPages(requests, path, asked, take), true)
    if (paging.kind !== "cursor" || paging.declared) return all
    return Effect.flatMap(requests.page(path, asked), (page): Effect.Effect<boolean, Failure | RefusedError> => {
      if (page.following._tag === "Next") return all
      if (page.count < paging.limit) return Effect.as(take(page, everyRow(page)), true)
      if (parents > 1) return Effect.succeed(false)
      return Effect.fail(
        new SystemError({
          message: `${name}: one parent has more rows than a page holds (${paging.limit}), and Pipedrive names no next page, so the rest cannot be read. Please report this to the maintainers of the source.`,
          answered: `more rows than a page holds (${paging.limit}), and Pipedrive names no next page`
        })
      )
    })
  }
}
