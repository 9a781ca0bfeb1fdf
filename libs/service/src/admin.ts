import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { BaseConfig } from './environment.ts';
import type { Faults } from './faults.ts';
import { refuseUnreadable, serverOptions } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { answerJson, answerReadiness } from './probes.ts';
import { Problem, toProblem } from './problem.ts';
import type { Readiness } from './readiness.ts';

const BODY_MAX_BYTES = 16_384;
const CONNECTIONS_MAX = 64;

/** The contract, or what makes it; made at the first request. */
export type OpenApi = object | (() => object | Promise<object>);

type Answer = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

/** The listener that the edge never reaches: health, metrics, the contract, faults. Plain node, so it starts first. */
export function createAdminServer(
  config: BaseConfig,
  {
    readiness,
    metrics,
    faults,
    openapi,
  }: { readiness: Readiness; metrics: Metrics; faults: Faults; openapi?: OpenApi },
): Server {
  const paths: Record<string, Record<string, Answer>> = {
    // That it answers says all that liveness is: the event loop turns.
    '/livez': { GET: (response) => answerJson(response, 200, { alive: true }) },
    '/readyz': { GET: (response) => answerReadiness(response, readiness) },
    '/metrics': {
      GET: async (response) => {
        const text = await metrics.registry.metrics();
        response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
      },
    },
  };
  if (openapi) {
    let document: object | undefined;
    paths['/openapi.json'] = {
      GET: async (response) => {
        document ??= typeof openapi === 'function' ? await openapi() : openapi;
        answerJson(response, 200, document);
      },
    };
  }
  if (config.FAULTS === 'on') {
    paths['/faults'] = {
      GET: (response) => answerJson(response, 200, faults.list()),
      DELETE: (response) => {
        faults.heal();
        response.writeHead(204).end();
      },
      POST: async (response, request) => {
        const drastic = faults.inject(await readJson(request));
        if (drastic) response.once('close', drastic).shouldKeepAlive = false;
        answerJson(response, 200, faults.list());
      },
    };
  }

  const server = createServer({ ...serverOptions(config) }, (request, response) => {
    void answer(paths, request, response);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', (error, socket) => refuseUnreadable(error, socket as never, config.NAME));
  return server;
}

async function answer(
  paths: Record<string, Record<string, Answer>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    // Browsers name the page that asks; any site that an operator visits could inject faults otherwise.
    if (request.headers.origin !== undefined) throw new Problem('forbidden', 'No web page may ask here.');
    const methods = paths[request.url!.split('?', 1)[0]!];
    if (!methods) throw new Problem('not-found', `There is ${Object.keys(paths).join(', ')}.`);
    const method = request.method === 'HEAD' ? 'GET' : request.method!;
    const found = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!found) {
      const allow = Object.keys(methods).join(', ');
      throw new Problem('method-not-allowed', `This path takes ${allow}.`, {}, { headers: { allow } });
    }
    await found(response, request);
  } catch (error) {
    const problem = toProblem(error);
    if (response.headersSent) return void response.destroy();
    response.writeHead(problem.status, problem.headers).end(JSON.stringify(problem));
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) throw new Problem('too-large', `A body has at most ${BODY_MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch {
    throw new Problem('bad-request', 'The body is not JSON.');
  }
}
