import { Agent, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';

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

/** A visitor of the edge: HTTPS with the system's own authority, keep-alive, a deadline on every call. */
export class Visitor {
  readonly #agent: Agent;
  readonly #url: string;

  constructor({ ca, url }: Entry, { connections = 32 } = {}) {
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: connections });
    this.#url = url;
  }

  ask(path: string, { method = 'GET', headers = {}, body = '', timeoutMs = 15_000 } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const call = request(this.#url + path, { agent: this.#agent, method, headers, signal }, (answer) => {
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
