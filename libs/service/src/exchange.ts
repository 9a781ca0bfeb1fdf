import type { ServerResponse } from 'node:http';
import type { RouteMetrics } from './http-metrics.ts';
import type { RequestContext } from './request-context.ts';

const EXCHANGE = Symbol('exchange');
/** nginx's status for a client that left before its answer; in metrics, logs and traces only. */
export const CLIENT_CLOSED_REQUEST = 499;

/** One request being answered: what we keep about it, held by node's response. */
export class Exchange {
  /** When InFlight answers for the handler; the context's own does not change. */
  deadlineAtMs: number;
  /** The template that matched; undefined until a handler runs. */
  route: RouteMetrics | undefined = undefined;
  /** What the handler gave, so that one that goes on after its answer is known. */
  handled: unknown = undefined;
  /** What made the answer a 5xx, for the log. */
  failure: unknown = undefined;
  /** Neighbours in the list of what is in flight (InFlight). */
  newer: Exchange | undefined = undefined;
  older: Exchange | undefined = undefined;

  constructor(
    readonly response: ServerResponse,
    /** Milliseconds of `performance.now()`. */
    readonly startedAtMs: number,
    readonly context: RequestContext,
  ) {
    this.deadlineAtMs = context.deadlineAtMs;
    (response as Held)[EXCHANGE] = this;
  }

  /** Of the answer, once its response is closed. */
  get status(): number {
    return this.response.writableFinished ? this.response.statusCode : CLIENT_CLOSED_REQUEST;
  }

  /** That of a response which has got past the API's listener. */
  static of(response: ServerResponse): Exchange {
    return (response as Held)[EXCHANGE]!;
  }
}

type Held = ServerResponse & { [EXCHANGE]?: Exchange };
