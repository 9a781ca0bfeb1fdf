import type { IncomingHttpHeaders } from 'node:http';
import { RequestContext } from './request-context.ts';

const MILLISECONDS = /^\d{1,9}$/;

/** The header that carries what is left of a deadline from tier to tier, in milliseconds. */
export const DEADLINE_HEADER = 'x-timeout-ms';

const text = (header: string | string[] | undefined) => (typeof header === 'string' ? header : undefined);

/** The context of a request that came in at `nowMs`; its answer is due after `limitMs`, or sooner if the caller waits less. */
export function contextOf(headers: IncomingHttpHeaders, nowMs: number, limitMs: number): RequestContext {
  const asked = headers[DEADLINE_HEADER];
  const askedMs = typeof asked === 'string' && MILLISECONDS.test(asked) ? Number(asked) : limitMs;
  return new RequestContext(
    nowMs + Math.min(askedMs, limitMs),
    text(headers['traceparent']),
    text(headers['tracestate']),
  );
}
