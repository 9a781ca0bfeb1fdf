import type { Exchange } from './exchange.ts';

const MILLISECONDS = /^\d{1,9}$/;

/** The header that carries what is left of a deadline from tier to tier, in milliseconds. */
export const DEADLINE_HEADER = 'x-timeout-ms';

/** Sets when an answer is due: `limitMs` from now, or sooner if the caller waits less. */
export function setDeadline(exchange: Exchange, limitMs: number): void {
  const nowMs = performance.now();
  const asked = exchange.req.headers[DEADLINE_HEADER];
  const askedMs = typeof asked === 'string' && MILLISECONDS.test(asked) ? Number(asked) : limitMs;
  exchange.startedAtMs = nowMs;
  exchange.deadlineAtMs = nowMs + Math.min(askedMs, limitMs);
}
