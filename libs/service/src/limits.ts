import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { BaseConfig } from './environment.ts';
import { Problem } from './problem.ts';

/** All of a request's line and headers; beyond: 431. */
const HEADERS_MAX_BYTES = 16_384;
/** Node drops headers beyond its own count limit without a word, so that is off and ours answers 431. */
const HEADERS_MAX = 100;
/** A path parameter; beyond: 400. */
export const PARAMETER_MAX_CHARACTERS = 512;
const TIMEOUT_CHECK_MS = 1_000;

/** Node's own limits on receiving. */
export function serverOptions({ RECEIVE_TIMEOUT_MS, KEEP_ALIVE_MS }: BaseConfig): ServerOptions {
  return {
    maxHeaderSize: HEADERS_MAX_BYTES,
    headersTimeout: RECEIVE_TIMEOUT_MS,
    requestTimeout: RECEIVE_TIMEOUT_MS,
    connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, RECEIVE_TIMEOUT_MS),
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
    requireHostHeader: false, // node's own answer to it is not a problem; `refusal` is
  };
}

/** What node has no option for. */
export function bounded<S extends Server>(server: S, { MAX_CONNECTIONS }: BaseConfig): S {
  server.maxHeadersCount = 0;
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

const OVERLOADED = new Problem('unavailable', 'Too many requests at a time; try again.');
const TOO_MANY_HEADERS = new Problem('headers-too-large', `A request has at most ${HEADERS_MAX} headers.`);
const NO_HOST = new Problem('bad-request', 'A request of HTTP/1.1 has a Host header (RFC 9112, section 3.2).');

/** Why a request is not even routed, if so. */
export function refusal(
  { rawHeaders, headers, httpVersionMinor }: IncomingMessage,
  load: number,
  { MAX_CONCURRENCY }: BaseConfig,
): Problem | undefined {
  if (load >= MAX_CONCURRENCY) return OVERLOADED;
  if (rawHeaders.length > 2 * HEADERS_MAX) return TOO_MANY_HEADERS;
  if (headers.host === undefined && httpVersionMinor === 1) return NO_HOST;
  return undefined;
}

/** Answers past Fastify: for what has no reply yet (overload) or whose reply is somebody else's (deadline). */
export function refuse(response: ServerResponse, problem: Problem, servedBy: string): void {
  if (response.headersSent) {
    // Half an answer cannot become a problem: breaking off is what tells the client.
    response.destroy();
    return;
  }
  const body = JSON.stringify(problem);
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(problem.status, {
    ...problem.headers,
    'content-length': Buffer.byteLength(body),
    'x-served-by': servedBy,
  });
  response.end(body);
}

/** Answers what node could not read as a request, where there is no exchange yet: on the bare socket. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket, servedBy: string): void {
  // A reset needs no answer, one after the start of another answer would be a part of it, and without a handshake none
  // could be sent: the connection would wait for that, and stay.
  const response = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage;
  const isGone = error.code === 'ECONNRESET' || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT' || !socket.writable;
  if (isGone || response?.headersSent) {
    socket.destroy();
    return;
  }
  const problem = unreadable(error.code);
  const body = JSON.stringify(problem);
  const headers = {
    ...problem.headers,
    'content-length': Buffer.byteLength(body),
    'x-served-by': servedBy,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const { status, title } = problem.toJSON();
  socket.write([`HTTP/1.1 ${status} ${title}`, ...lines, '', body].join('\r\n'));
  // `end` would wait for the client's end too, which no timeout of node's ends any more.
  socket.destroySoon();
}

function unreadable(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers-too-large', `The headers of a request have at most ${HEADERS_MAX_BYTES} bytes.`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout', 'The request did not come in in time.');
    default:
      return new Problem('bad-request', 'This is not an HTTP/1.1 request.');
  }
}
