import { connect, type ClientHttp2Session } from 'node:http2';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from './driver.ts';

export interface Outcome {
  /** undefined: broken off, for the error's reason. */
  status: number | undefined;
  error: string | undefined;
  retryAfter: string | undefined;
  contentType: string | undefined;
  tookMs: number;
}

/** http2_max_concurrent_streams of the edge: what a browser may ask for at a time. */
const callsEach = 64;
const deadlineMs = 15_000;

/** Many who ask together, over HTTP/2: a connection each, opened before, and 64 calls on each. */
export class Crowd {
  readonly #sessions: ClientHttp2Session[];

  private constructor(sessions: ClientHttp2Session[]) {
    this.#sessions = sessions;
  }

  /** @param addressOf where the n-th of them comes from, if not from where everybody does */
  static async gather(system: System, calls: number, addressOf?: (n: number) => string): Promise<Crowd> {
    const count = Math.ceil(calls / callsEach);
    const sessions = Array.from({ length: count }, (_, n) =>
      connect(system.url, { ca: system.ca, ...(addressOf && { localAddress: addressOf(n) }) }),
    );
    await Promise.all(sessions.map((session) => once(session, 'remoteSettings')));
    return new Crowd(sessions);
  }

  /** Lets all ask, spread over that time; the n-th call is of the connection n modulo their number. */
  ask(
    calls: number,
    headersOf: (connection: number) => object,
    pathOf: () => string,
    withinMs: number,
  ): Promise<Outcome[]> {
    const one = async (n: number) => {
      if (withinMs > 0) await sleep((n / calls) * withinMs);
      const connection = n % this.#sessions.length;
      return this.#call(this.#sessions[connection]!, { ...headersOf(connection), ':path': pathOf() });
    };
    return Promise.all(Array.from({ length: calls }, (_, n) => one(n)));
  }

  #call(session: ClientHttp2Session, headers: object): Promise<Outcome> {
    const beganMs = performance.now();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    let seen: Omit<Outcome, 'tookMs'> = {
      status: undefined,
      error: undefined,
      retryAfter: undefined,
      contentType: undefined,
    };
    const call = session.request({ ...headers });
    call.on('response', ({ ':status': status, 'retry-after': retryAfter, 'content-type': contentType }) => {
      seen = { status, error: undefined, retryAfter, contentType };
    });
    call.setTimeout(deadlineMs, () => call.close());
    call.on('error', (error: Error) => (seen = { ...seen, error: error.message }));
    call.on('close', () => resolve({ ...seen, tookMs: performance.now() - beganMs }));
    call.resume().end();
    return promise;
  }

  close(): void {
    for (const session of this.#sessions) session.destroy();
  }
}
