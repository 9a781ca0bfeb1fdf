// The runner's door: HTTP on a unix socket in the state folder, for `npm run status`, `npm stop` and the tests.
import { closeSync, openSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { Failure } from '../setup/failure.mjs';

/** Does something by name; what it answers goes back as JSON. */
export type Control = (action: string, services: string[]) => unknown;

// A unix socket's path is limited to 107 bytes, a checkout's is not: hence the way through an open folder.
const throughFolder = <T>(run: string, use: (path: string) => T): { result: T; close: () => void } => {
  const fd = openSync(run, 'r');
  return { result: use(`/proc/self/fd/${fd}/control`), close: () => closeSync(fd) };
};

/** Listens in the folder `run`; only this user may connect. */
export const serveControl = async (run: string, control: Control): Promise<Server> => {
  const handle = async (asked: IncomingMessage, answer: ServerResponse) => {
    // Whatever is asked, be it no address: a rejection that nobody handles would end the runner.
    const body = await Promise.resolve(asked.url ?? '/')
      .then((address) => new URL(address, 'http://runner'))
      .then(({ pathname, searchParams }) => control(pathname.slice(1), searchParams.getAll('service')))
      .then((value) => ({ status: 200, value: value ?? {} }))
      .catch((error: Error) => ({ status: 400, value: { error: error.message } }));
    answer.writeHead(body.status, { 'content-type': 'application/json' }).end(JSON.stringify(body.value));
  };
  const server = createServer((asked, answer) => void handle(asked, answer));
  // A restart is answered when the service is ready again, however long that takes.
  server.requestTimeout = 0;
  rmSync(`${run}/control`, { force: true });
  const umask = process.umask(0o077);
  const { result, close } = throughFolder(run, (path) => new Promise<void>((done) => server.listen(path, done)));
  await result.finally(() => process.umask(umask));
  server.on('close', close);
  return server;
};

/** Asks the runner of the folder `run`. undefined: none answers. What it refuses is a Failure. */
export const askRunner = <T>(
  run: string,
  action: string,
  services: string[] = [],
  timeoutMs = 5_000,
): Promise<T | undefined> => {
  const query = new URLSearchParams(services.map((name): [string, string] => ['service', name]));
  let opened: { result: Promise<T | undefined>; close: () => void };
  try {
    opened = throughFolder(run, (socketPath) => ask<T>(socketPath, `/${action}?${query.toString()}`, timeoutMs));
  } catch {
    return Promise.resolve(undefined); // No such folder: nothing ever ran here.
  }
  return opened.result.finally(opened.close);
};

const ask = <T>(socketPath: string, path: string, timeoutMs: number) =>
  new Promise<T | undefined>((resolve, reject) => {
    const asked = request({ socketPath, path, method: 'POST', signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('error', () => resolve(undefined));
      answer.on('end', () => {
        const value: unknown = JSON.parse(text || '{}');
        if (answer.statusCode === 200) resolve(value as T);
        else reject(new Failure((value as { error: string }).error));
      });
    });
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
