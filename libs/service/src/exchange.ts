import { ServerResponse } from 'node:http';
import type { RouteMetrics } from './http-metrics.ts';
import type { Problem } from './problem.ts';
import { RequestContext } from './request-context.ts';

/** Of what is refused before it has a deadline. */
const NONE = new RequestContext(Infinity);

/**
 * One request being answered. It is node's response itself, so that what we keep about a request costs no second
 * object and no closure.
 */
export class Exchange extends ServerResponse {
  /** Milliseconds of `performance.now()`. */
  startedAtMs = 0;
  /** When InFlight answers for the handler; the context's own does not change. */
  deadlineAtMs = Infinity;
  context = NONE;
  /** The template that matched; undefined until a handler runs. */
  route: RouteMetrics | undefined = undefined;
  /** What the handler gave, so that one that goes on after its answer is known. */
  handled: unknown = undefined;
  /** What made the answer a 5xx, for the log. */
  failure: unknown = undefined;
  /** Neighbours in the list of what is in flight (InFlight). */
  newer: Exchange | undefined = undefined;
  older: Exchange | undefined = undefined;

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
