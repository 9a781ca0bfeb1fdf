import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import type { SystemUnderTest } from './system.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Where the edge is, and the PEM of the authority that signed its certificate. */
export interface Entry {
  url: string;
  ca: string;
}

interface VisitorOptions {
  /** At most so many at a time. */
  connections?: number;
  keepAlive?: boolean;
  /** Sent with each request. */
  headers?: Record<string, string>;
  /** Where its connections come from. */
  localAddress?: string;
}

/** A visitor of the edge: HTTPS with the system's own authority, keep-alive, a deadline on every call. */
export class Visitor {
  readonly #agent: Agent;
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(
    { ca, url }: Entry,
    { connections = 32, keepAlive = true, headers = {}, localAddress }: VisitorOptions = {},
  ) {
    this.#agent = new Agent({ ca, keepAlive, maxSockets: connections, ...(localAddress && { localAddress }) });
    this.#url = url;
    this.#headers = headers;
  }

  ask(path: string, { method = 'GET', headers = {}, body = '', timeoutMs = 15_000 } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs);
      // The path as it is given: as a part of an address it would be normalized.
      const options = { agent: this.#agent, path, method, headers: { ...this.#headers, ...headers }, signal };
      const call = request(this.#url, options, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts).toString() }),
        );
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}

/** A person, to the limits of a single visitor: at an address where no other visitor of a load is. */
export const personVisitor = (system: SystemUnderTest, options: VisitorOptions = {}): Visitor => {
  const localAddress = system.addressOf?.(99);
  return new Visitor(system, { ...options, ...(localAddress && { localAddress }) });
};

/**
 * Of those who load a system, the one with this number: to the caches a visitor of its own, whose requests no limit for
 * a single person refuses.
 */
export const loadVisitor = (system: SystemUnderTest, number: number, options: VisitorOptions = {}): Visitor => {
  const localAddress = system.addressOf?.(number);
  const headers = { 'X-Load-Secret': system.loadSecret, 'X-Load-Key': `visitor-${number}` };
  return new Visitor(system, { ...options, headers, ...(localAddress && { localAddress }) });
};
