import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { contextOf } from './deadline.ts';
import type { BaseConfig } from './environment.ts';
import { CLIENT_CLOSED_REQUEST, Exchange } from './exchange.ts';
import { InFlight } from './in-flight.ts';
import { bounded, refusal, refuse, refuseUnreadable, serverOptions } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { Problem } from './problem.ts';
import { answerReadiness } from './probes.ts';
import type { Readiness } from './readiness.ts';
import { listenByTls } from './tls-listener.ts';

/** A successful answer that took longer is logged. */
const SLOW_MS = 1_000;
const LATE = new Problem('timeout', 'The answer was not ready in time.');

/**
 * The API's listener, in front of Fastify: what applies to every request whatever its route. It admits, counts,
 * bounds and reports requests; `server()` is given to Fastify as the server to use.
 */
export class Api {
  readonly inFlight = new InFlight((exchange) => this.#overdue(exchange));
  #closing = false;
  readonly #servers: Server[] = [];
  #listener: RequestListener = () => undefined;

  constructor(
    private readonly config: BaseConfig,
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {
    const { inFlight } = this;
    metrics.gauge('http_server_active_requests', 'Requests being answered.', [], function () {
      this.set(inFlight.count);
    });
    const abandoned =
      'Handlers that go on after a late answer or without their client; they count for MAX_CONCURRENCY.';
    metrics.gauge('http_server_abandoned_handlers', abandoned, [], function () {
      this.set(inFlight.load - inFlight.count);
    });
  }

  server(handler: RequestListener): Server {
    const { config, readiness, inFlight, metrics } = this;
    const { REQUEST_TIMEOUT_MS, NAME } = config;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the listener's own `this` is the response
    const api = this;
    function onClose(this: ServerResponse): void {
      api.#leave(Exchange.of(this));
    }
    const listener: RequestListener = (request, response) => {
      if (request.url === '/readyz') return answerReadiness(response, readiness);
      if (this.#closing) response.shouldKeepAlive = false;
      const refused = refusal(request, inFlight.load, config);
      if (refused) {
        metrics.http.unmatched.observe(request.method!, refused.status, 0);
        return refuse(response, refused, NAME);
      }
      const nowMs = performance.now();
      inFlight.enter(new Exchange(response, nowMs, contextOf(request.headers, nowMs, REQUEST_TIMEOUT_MS)));
      response.on('close', onClose);
      handler(request, response);
    };
    this.#listener = listener;
    const server = bounded(createServer(serverOptions(config), listener), config);
    this.#servers.push(server);
    return server;
  }

  /** @throws StartError */
  async listenByTls(): Promise<void> {
    const { config, logger, metrics } = this;
    const server = await listenByTls(config, { logger, metrics, listener: this.#listener });
    if (server) this.#servers.push(server);
  }

  refuseUnreadable = (error: NodeJS.ErrnoException, socket: Socket): void => {
    refuseUnreadable(error, socket, this.config.NAME);
  };

  /** From now on each answer ends its connection, so that clients move on to another replica. */
  closeConnections(): void {
    this.#closing = true;
    for (const { response } of this.inFlight) response.shouldKeepAlive = false;
  }

  /** Accepts no more, and ends when all that is in flight has its answer. */
  async close(): Promise<void> {
    this.#closing = true;
    const servers = this.#servers.filter(({ listening }) => listening);
    if (servers.length === 0) return;
    // Two turns of the event loop read what has already come in: a connection whose request node has not read yet
    // counts as idle, and closing it would break that request off.
    await nextTurn();
    await nextTurn();
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    await this.inFlight.idle();
    // What is left are connections that never sent a request, which node does not count as idle.
    for (const server of servers) server.closeAllConnections();
    await Promise.all(closed);
  }

  #leave(exchange: Exchange): void {
    this.inFlight.leave(exchange);
    const { response, status, route = this.metrics.http.unmatched, failure } = exchange;
    const { req, writableFinished } = response;
    if (failure === LATE || !writableFinished) this.inFlight.abandon(exchange);
    const tookMs = performance.now() - exchange.startedAtMs;
    route.observe(req.method!, status, tookMs / 1000);
    if (status >= CLIENT_CLOSED_REQUEST || tookMs > SLOW_MS) {
      if (!writableFinished) exchange.context.abort(new Problem('timeout', 'The client went away.'));
      const level = status >= 500 ? 'error' : 'warn';
      this.logger[level](
        {
          method: req.method,
          route: route.template,
          status,
          tookMs: Math.round(tookMs),
          traceId: exchange.context.trace.traceId,
          ...(failure === undefined ? {} : describe(failure)),
        },
        status >= 500 ? 'failed' : writableFinished ? 'slow' : 'aborted',
      );
    }
  }

  #overdue(exchange: Exchange): void {
    exchange.failure = LATE;
    exchange.context.abort(LATE);
    refuse(exchange.response, LATE, this.config.NAME);
  }
}

/** A problem was foreseen, so its detail says it; anything else needs its stack. */
function describe(failure: unknown): Record<string, unknown> {
  return failure instanceof Problem && failure.cause === undefined ? { detail: failure.detail } : { err: failure };
}
