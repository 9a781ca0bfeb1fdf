import type { Exchange } from './exchange.ts';
import { RequestContext } from './request-context.ts';

const MILLISECONDS = /^\d{1,9}$/;

/** The header that carries what is left of a deadline from tier to tier, in milliseconds. */
export const DEADLINE_HEADER = 'x-timeout-ms';

const text = (header: string | string[] | undefined) => (typeof header === 'string' ? header : undefined);

/** Sets when an answer is due: `limitMs` from now, or sooner if the caller waits less. */
export function setDeadline(exchange: Exchange, limitMs: number): void {
  const nowMs = performance.now();
  const { headers } = exchange.req;
  const asked = headers[DEADLINE_HEADER];
  const askedMs = typeof asked === 'string' && MILLISECONDS.test(asked) ? Number(asked) : limitMs;
  exchange.startedAtMs = nowMs;
  exchange.deadlineAtMs = nowMs + Math.min(askedMs, limitMs);
  exchange.context = new RequestContext(
    exchange.deadlineAtMs,
    text(headers['traceparent']),
    text(headers['tracestate']),
  );
}
