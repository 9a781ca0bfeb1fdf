import { AsyncLocalStorage } from 'node:async_hooks';
import type { Problem } from './problem.ts';
import { traceContext, type TraceContext } from './trace-context.ts';

const contexts = new AsyncLocalStorage<RequestContext>();

/** The context of the request that the running code works for, through promises and timers. */
export const currentRequest = (): RequestContext | undefined => contexts.getStore();

/**
 * What the work for a request carries along: its deadline, its cancellation, its trace. It holds nothing of the exchange
 * itself: node's keep-alive timer keeps a connection's last context, and work may go on when the answer has gone.
 */
export class RequestContext {
  #abort: AbortController | undefined = undefined;
  #reason: Problem | undefined = undefined;
  #trace: TraceContext | undefined = undefined;

  constructor(
    /** Milliseconds of `performance.now()`. */
    readonly deadlineAtMs: number,
    private readonly traceparent?: string,
    private readonly tracestate?: string,
  ) {}

  get remainingMs(): number {
    return Math.max(0, this.deadlineAtMs - performance.now());
  }

  /** W3C trace context: the caller's, or one made here so that this request's log lines and calls belong together. */
  get trace(): TraceContext {
    return (this.#trace ??= traceContext(this.traceparent, this.tracestate));
  }

  set trace(trace: TraceContext) {
    this.#trace = trace;
  }

  /** Aborted when the deadline passes or the client goes away. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#reason) this.#abort.abort(this.#reason);
    }
    return this.#abort.signal;
  }

  abort(reason: Problem): void {
    this.#reason ??= reason;
    this.#abort?.abort(reason);
  }

  /** Makes this the current one of what follows in the callback that brought the request, which node ends. */
  enter(): void {
    contexts.enterWith(this);
  }
}
