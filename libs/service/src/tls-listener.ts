import type { RequestListener } from 'node:http';
import { Server, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { Certificate } from './certificate.ts';
import type { BaseConfig } from './environment.ts';
import { bounded, refuseUnreadable, serverOptions } from './limits.ts';
import { listen, StartError } from './listen.ts';
import type { Metrics } from './metrics.ts';

/** Node's HTTP knows nothing of a connection before its handshake is over, and an end would wait for those too. */
class TlsServer extends Server {
  readonly #sockets = new Set<Socket>();

  constructor(options: ServerOptions, listener: RequestListener) {
    super(options, listener);
    this.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  override closeAllConnections(): void {
    super.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/**
 * The API's second listener, where there is a certificate: the same routes by TLS, beside the plain ones for who has no TLS,
 * such as Varnish.
 * @throws StartError
 */
export async function listenByTls(
  config: BaseConfig,
  { logger, metrics, listener }: { logger: Logger; metrics: Metrics; listener: RequestListener },
): Promise<Server | undefined> {
  const { TLS_CERT_FILE, TLS_KEY_FILE, TLS_PORT, TLS_CHECK_MS, RECEIVE_TIMEOUT_MS, SELF, NAME } = config;
  if (TLS_CERT_FILE === undefined || TLS_KEY_FILE === undefined) return undefined;
  const certificate = new Certificate(TLS_CERT_FILE, TLS_KEY_FILE, logger, metrics);
  const options = { ...serverOptions(config), handshakeTimeout: RECEIVE_TIMEOUT_MS };
  const server = await certificate
    .read()
    .then((context) => new TlsServer({ ...options, ...context }, listener))
    .catch((error: Error) => {
      throw new StartError(`cannot serve with TLS_CERT_FILE and TLS_KEY_FILE: ${error.message}`);
    });
  bounded(server, config);
  server.on('clientError', (error, socket: Socket) => refuseUnreadable(error, socket, NAME));
  server.once('close', () => certificate.stop());
  await listen(server, 'TLS_PORT', SELF, TLS_PORT);
  certificate.watch(server, TLS_CHECK_MS);
  return server;
}
