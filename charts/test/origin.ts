// A stand-in for a replica behind the caches: it answers as told, and keeps what it was asked.
import { until } from '@almanac/testing';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import type { Socket } from 'node:net';

export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Answer = (response: ServerResponse, request: Received) => unknown;

export class Origin {
  ready = true;
  /** How late it says whether it is ready. */
  readyAfterMs = 0;
  received: Received[] = [];
  answer: Answer;
  #server: Server | undefined;
  #sockets = new Set<Socket>();

  readonly name: string;
  readonly address: string;

  constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
    this.answer = this.answerWell;
  }

  /** JSON that names who made it, fresh for a minute. */
  readonly answerWell: Answer = (response, { url }) => {
    response.setHeader('Cache-Control', 'public, max-age=60');
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ url, by: this.name }));
  };

  async start(): Promise<this> {
    this.#server = createServer({ keepAliveTimeout: 75_000, maxHeaderSize: 65_536 }, (request, response) =>
      this.#handle(request, response),
    );
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
    });
    this.#server.listen(8080, this.address);
    await once(this.#server, 'listening');
    return this;
  }

  /** As after kill -9: what was under way is cut off, and new connections are refused. */
  async kill(): Promise<void> {
    if (!this.#server?.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  /** As libs/service ends: requests that have begun are answered, idle connections close. */
  async close(): Promise<void> {
    let isClosed = false;
    this.#server!.close(() => (isClosed = true));
    await until(() => {
      this.#server!.closeIdleConnections();
      return isClosed;
    });
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/readyz') {
      response.statusCode = this.ready ? 200 : 503;
      setTimeout(() => response.end(), this.readyAfterMs).unref();
      return;
    }
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: '' };
    request.on('data', (part: Buffer) => (received.body += part.toString('latin1')));
    request.on('end', () => {
      this.received.push(received);
      response.setHeader('X-Served-By', this.name);
      this.answer(response, received);
    });
    request.on('error', () => {});
  }
}
