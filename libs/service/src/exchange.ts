import { AsyncLocalStorage } from 'node:async_hooks';
import { ServerResponse } from 'node:http';
import type { RouteMetrics } from './http-metrics.ts';
import { Problem } from './problem.ts';
import { traceContext, type TraceContext } from './trace-context.ts';

/**
 * One request being answered. It is node's response itself, so that what we keep about a request costs no second
 * object, no listener and no closure; what few requests need is made when it is asked for.
 */
export class Exchange extends ServerResponse {
  /** Milliseconds of `performance.now()`. */
  startedAtMs = 0;
  deadlineAtMs = Infinity;
  /** The template that matched; undefined until a handler runs. */
  route: RouteMetrics | undefined = undefined;
  /** What made the answer a 5xx, for the log. */
  failure: unknown = undefined;
  /** Neighbours in the list of what is in flight (InFlight). */
  newer: Exchange | undefined = undefined;
  older: Exchange | undefined = undefined;
  /** What the asynchronous context holds. It is emptied at the end, as node's keep-alive timer keeps the context. */
  #scope: { exchange: Exchange | undefined } | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  #trace: TraceContext | undefined = undefined;

  get remainingMs(): number {
    return Math.max(0, this.deadlineAtMs - performance.now());
  }

  /** W3C trace context: the caller's, or one made here so that this request's log lines and calls belong together. */
  get trace(): TraceContext {
    return (this.#trace ??= traceContext(this.req.headers));
  }

  set trace(trace: TraceContext) {
    this.#trace = trace;
  }

  /** Aborted when the deadline passes or the client goes away. */
  get signal(): AbortSignal {
    return (this.#abort ??= new AbortController()).signal;
  }

  /** Makes this the current exchange of what follows in the callback that brought its request, which node ends. */
  enter(): void {
    scopes.enterWith((this.#scope = { exchange: this }));
  }

  leave(): void {
    if (this.#scope) this.#scope.exchange = undefined;
  }

  abort(reason: Problem): void {
    this.#abort?.abort(reason);
  }

  /** Answers past Fastify: for what has no reply yet (overload) or whose reply is somebody else's (deadline). */
  refuse(problem: Problem, servedBy: string): void {
    if (this.headersSent) {
      // Half an answer cannot become a problem: breaking off is what tells the client.
      this.destroy();
      return;
    }
    const body = JSON.stringify(problem);
    for (const name of this.getHeaderNames()) this.removeHeader(name);
    this.writeHead(problem.status, {
      ...problem.headers,
      'content-length': Buffer.byteLength(body),
      'x-served-by': servedBy,
    });
    this.end(body);
  }
}

const scopes = new AsyncLocalStorage<{ exchange: Exchange | undefined }>();

/** The exchange that the running code works for, through promises and timers, until its answer has gone. */
export const currentExchange = (): Exchange | undefined => scopes.getStore()?.exchange;
