import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from './backoff.ts';
import { DEADLINE_HEADER } from './deadline.ts';
import { currentExchange } from './exchange.ts';
import { Problem } from './problem.ts';
import { activeTracer } from './tracing.ts';

export interface FetchWithin {
  /** For all tries together and the body; what is left of the current request's deadline if that is less. */
  timeoutMs: number;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Tries after the first one, of idempotent methods only. Default 0. */
  retries?: number;
  signal?: AbortSignal;
  /** Largest body of the answer. Default 1 MiB. */
  maxBytes?: number;
}

/** RFC 9110, section 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);
const RETRIABLE = new Set([429, 502, 503, 504]);
const MAX_BYTES_DEFAULT = 1_048_576;
const BACKOFF = { firstMs: 50, maxMs: 2_000 };

/**
 * `fetch` with what every call between services needs: a deadline that also covers the body and is passed on as
 * X-Timeout-Ms, trace context, a bound on the body, and a few tries with backoff.
 * @throws Problem `timeout` when the time is up, `unavailable` when there is no answer. A status is an answer.
 */
export async function fetchWithin(url: string | URL, options: FetchWithin): Promise<Response> {
  const { method = 'GET', retries = 0, maxBytes = MAX_BYTES_DEFAULT } = options;
  const exchange = currentExchange();
  const deadlineAtMs = performance.now() + Math.min(options.timeoutMs, exchange?.remainingMs ?? Infinity);
  const signals = [exchange?.signal, options.signal, AbortSignal.timeout(Math.ceil(remaining(deadlineAtMs)))];
  const signal = AbortSignal.any(signals.filter((given) => given !== undefined));
  const tries = IDEMPOTENT.has(method) ? 1 + retries : 1;

  for (let attempt = 1; ; attempt++) {
    const last = attempt === tries;
    let pauseMs = backoffMs(attempt, BACKOFF);
    const response = await attemptOnce(new URL(url), { ...options, method }, signal, deadlineAtMs).catch(
      (error: unknown) => {
        if (signal.aborted) throw aborted(signal, url);
        if (last || pauseMs >= remaining(deadlineAtMs)) {
          throw new Problem('unavailable', `No answer from ${new URL(url).host}.`, {}, { cause: error });
        }
      },
    );
    if (response) {
      pauseMs += retryAfterMs(response);
      const isFinal = last || !RETRIABLE.has(response.status) || pauseMs >= remaining(deadlineAtMs);
      if (isFinal) return capped(response, maxBytes);
      await response.body?.cancel();
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {
      throw aborted(signal, url);
    });
  }
}

async function attemptOnce(
  url: URL,
  { method, headers, body }: FetchWithin & { method: string },
  signal: AbortSignal,
  deadlineAtMs: number,
): Promise<Response> {
  const span = activeTracer.get()?.call(method, url);
  const trace = span?.context ?? currentExchange()?.trace;
  try {
    const response = await fetch(url, {
      method,
      signal,
      redirect: 'error',
      ...(body === undefined ? {} : { body: body as string }),
      headers: {
        ...headers,
        [DEADLINE_HEADER]: String(Math.floor(remaining(deadlineAtMs))),
        ...(trace ? { traceparent: trace.traceparent } : {}),
        ...(trace?.tracestate ? { tracestate: trace.tracestate } : {}),
      },
    });
    span?.end({ status: response.status });
    return response;
  } catch (error) {
    span?.end({ error });
    throw error;
  }
}

function capped(response: Response, maxBytes: number): Response {
  const tooLarge = () => new Problem('unavailable', `An answer of more than ${maxBytes} bytes was refused.`);
  if (response.body === null) return response;
  if (Number(response.headers.get('content-length')) > maxBytes) {
    void response.body.cancel();
    throw tooLarge();
  }
  let bytes = 0;
  const cap = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) controller.error(tooLarge());
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(cap), { status, statusText, headers });
}

function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? seconds * 1000 : 0;
}

function aborted(signal: AbortSignal, url: string | URL): Problem {
  const { reason } = signal as { reason: unknown };
  if (reason instanceof Problem) return reason;
  return new Problem('timeout', `No answer in time from ${new URL(url).host}.`, {}, { cause: reason });
}

function remaining(deadlineAtMs: number): number {
  return Math.max(0, deadlineAtMs - performance.now());
}
