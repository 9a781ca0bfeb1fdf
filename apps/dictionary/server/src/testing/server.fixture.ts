import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import { loopback, ServiceProcess } from '@almanac/testing';

const { address } = loopback();

/** The place that words are fetched from. */
export class Origin {
  readonly #host = address();
  readonly url = `http://${this.#host}:8080/data`;
  requests = 0;
  #server: Server | undefined;

  async start(listener: RequestListener): Promise<void> {
    await this.stop();
    this.#server = createServer((request, response) => {
      this.requests++;
      listener(request, response);
    });
    this.#server.listen(8080, this.#host);
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    if (!this.#server) return;
    const closed = once(this.#server, 'close');
    this.#server.close().closeAllConnections();
    this.#server = undefined;
    await closed;
  }
}

/** Starts the built server. */
export function startServer(environment: Record<string, string>): ServiceProcess {
  const main = join(import.meta.dirname, '../../dist/main.js');
  const own = { SELF: address(), NAME: 'dictionary-1', DRAIN_MS: '200', LOG_LEVEL: 'warn' };
  return new ServiceProcess(main, { ...own, ...environment });
}
