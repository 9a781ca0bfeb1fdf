import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from './backoff.ts';
import { DEADLINE_HEADER } from './deadline.ts';
import { fetchTrusting, type Trust } from './fetch-trusting.ts';
import { currentRequest } from './request-context.ts';
import { isRetriable, Problem } from './problem.ts';
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
  /** Of an https URL's certificate; unset: what Node.js trusts. */
  trust?: Trust | undefined;
}

/** RFC 9110, section 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);
const MAX_BYTES_DEFAULT = 1_048_576;
const BACKOFF = { firstMs: 50, maxMs: 2_000 };

/**
 * `fetch` with what every call between services needs: a deadline that also covers the body and is passed on as
 * X-Timeout-Ms, trace context, a bound on the body, and a few tries with backoff.
 * @throws Problem `timeout` when the time is up, `unavailable` when there is no whole answer; reading the body throws
 *   them too. A status is an answer.
 */
export async function fetchWithin(url: string | URL, options: FetchWithin): Promise<Response> {
  const { method = 'GET', retries = 0, maxBytes = MAX_BYTES_DEFAULT } = options;
  const request = currentRequest();
  const deadlineAtMs = performance.now() + Math.min(options.timeoutMs, request?.remainingMs ?? Infinity);
  const signals = [request?.signal, options.signal, AbortSignal.timeout(Math.ceil(remaining(deadlineAtMs)))];
  const signal = AbortSignal.any(signals.filter((given) => given !== undefined));
  const tries = IDEMPOTENT.has(method) ? 1 + retries : 1;

  for (let attempt = 1; ; attempt++) {
    const last = attempt === tries;
    let pauseMs = backoffMs(attempt, BACKOFF);
    const response = await attemptOnce(new URL(url), { ...options, method }, signal, deadlineAtMs).catch(
      (error: unknown) => {
        if (signal.aborted) throw aborted(signal, url);
        if (last || pauseMs >= remaining(deadlineAtMs)) {
          throw unavailable(url, error);
        }
      },
    );
    if (response) {
      pauseMs += retryAfterMs(response);
      const isFinal = last || !isRetriable(response.status) || pauseMs >= remaining(deadlineAtMs);
      if (isFinal) return bounded(response, maxBytes, signal, url);
      await response.body?.cancel();
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {
      throw aborted(signal, url);
    });
  }
}

async function attemptOnce(
  url: URL,
  { method, headers, body, trust }: FetchWithin & { method: string },
  signal: AbortSignal,
  deadlineAtMs: number,
): Promise<Response> {
  const span = activeTracer.get()?.call(method, url);
  const trace = span?.context ?? currentRequest()?.trace;
  try {
    const init = {
      method,
      signal,
      ...(body === undefined ? {} : { body: body as string }),
      headers: {
        ...headers,
        [DEADLINE_HEADER]: String(Math.floor(remaining(deadlineAtMs))),
        ...(trace ? { traceparent: trace.traceparent } : {}),
        ...(trace?.tracestate ? { tracestate: trace.tracestate } : {}),
      },
    };
    const response = await (trust ? fetchTrusting(trust, url, init) : fetch(url, { ...init, redirect: 'error' }));
    span?.end({ status: response.status });
    return response;
  } catch (error) {
    span?.end({ error });
    throw error;
  }
}

/** The answer, of which no more than `maxBytes` are read, and whose body fails as the call does. */
function bounded(response: Response, maxBytes: number, signal: AbortSignal, url: string | URL): Response {
  const tooLarge = () => new Problem('unavailable', `An answer of more than ${maxBytes} bytes was refused.`);
  if (response.body === null) return response;
  if (Number(response.headers.get('content-length')) > maxBytes) {
    void response.body.cancel();
    throw tooLarge();
  }
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let bytes = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw signal.aborted ? aborted(signal, url) : unavailable(url, error);
      });
      if (done) return controller.close();
      bytes += value.byteLength;
      if (bytes > maxBytes) {
        void reader.cancel();
        throw tooLarge();
      }
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

function unavailable(url: string | URL, cause: unknown): Problem {
  return new Problem('unavailable', `No answer from ${new URL(url).host}.`, {}, { cause });
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
