import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestListener } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type ServiceProcess, until } from '@almanac/testing';
import { readWordsIdentity } from './dictionary.config.ts';
import { Origin, startServer } from './testing/server.fixture.ts';

const { sha256 } = readWordsIdentity();
const whole = readFileSync(join(import.meta.dirname, '../dist/data', `words-${sha256}`));
const serveWhole: RequestListener = (_, response) => response.end(whole);

// The built server, and an origin that does what origins do.
describe('a replica of the dictionary', () => {
  const origin = new Origin();
  let server: ServiceProcess;
  afterEach(async () => {
    await server.end('SIGKILL');
    await origin.stop();
    origin.requests = 0;
  });

  const start = (environment = {}) => (server = startServer({ WORDS_URL: origin.url, ...environment }));
  const listens = () => until(async () => (await fetch(`${server.url}/readyz`)).status > 0, 'it listens');

  it('serves at once but is not ready while nobody gives it its words, and becomes ready when somebody does', async () => {
    start();
    await listens();
    expect((await fetch(`${server.adminUrl}/livez`)).status).toBe(200);
    expect(await server.isReady()).toBe(false);
    for (const path of ['/dog', '?prefix=do']) {
      const answer = await fetch(`${server.url}/api/dictionary/words${path}`);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-not-ready')).toBe('1');
      expect(await answer.json()).toMatchObject({ status: 503, detail: 'The words are not loaded yet.' });
    }
    await origin.start(serveWhole);
    await server.ready();
    expect((await fetch(`${server.url}/api/dictionary/words/dog`)).status).toBe(200);
  });

  const corrupt = Buffer.from(whole);
  corrupt[corrupt.indexOf('domesticated')] = 'D'.charCodeAt(0);
  const broken: Record<string, { listener: RequestListener; reason: string }> = {
    'is missing': { listener: (_, response) => response.writeHead(404).end(), reason: 'the answer is 404' },
    'is empty': { listener: (_, response) => response.end(), reason: 'ends after 0 of' },
    'is cut off': { listener: (_, response) => response.end(whole.subarray(0, -1)), reason: 'ends after' },
    'breaks off': {
      listener: (_, response) => {
        response.writeHead(200, { 'content-length': whole.length });
        response.write(whole.subarray(0, 1_000_000), () => response.destroy());
      },
      reason: 'no words from',
    },
    'is too large': { listener: (_, response) => response.end(Buffer.concat([whole, whole])), reason: 'more than' },
    'has one other letter': { listener: (_, response) => response.end(corrupt), reason: 'has the checksum' },
    'is a page': { listener: (_, response) => response.end('<!doctype html>'), reason: 'ends after 15 of' },
    'never comes': { listener: (_, response) => response.write('a'), reason: 'no words from' },
  };

  it.each(Object.entries(broken))('is not ready by a file that %s, and takes the right one later', async (_, file) => {
    await origin.start(file.listener);
    start({ WORDS_TIMEOUT_MS: '2000' });
    let waitingFor: Record<string, string> = {};
    await until(async () => {
      ({ waitingFor } = (await (await fetch(`${server.adminUrl}/readyz`)).json()) as { waitingFor: typeof waitingFor });
      return origin.requests > 1 && waitingFor['words'] !== 'starting';
    }, 'it has tried twice');
    expect(waitingFor['words']).toContain(file.reason);
    expect((await fetch(`${server.url}/api/dictionary/words/dog`)).status).toBe(503);
    await origin.start(serveWhole);
    await server.ready();
    expect((await fetch(`${server.url}/api/dictionary/words/dog`)).status).toBe(200);
  });

  it('stays ready when the origin goes away', async () => {
    await origin.start(serveWhole);
    start();
    await server.ready();
    await origin.stop();
    expect(await server.isReady()).toBe(true);
    expect((await fetch(`${server.url}/api/dictionary/words/dog`)).status).toBe(200);
  });

  it('ends with 0 on SIGTERM while it still waits for its words', async () => {
    start();
    await listens();
    expect(await server.end()).toEqual({ code: 0, signal: null });
  });

  /** Ends the replica while 8 clients ask it, and gives what failed and the exit code. */
  const endUnderLoad = async (signal: NodeJS.Signals) => {
    await origin.start(serveWhole);
    start({ DRAIN_MS: '1000' });
    await server.ready();
    let answered = 0;
    const failures: unknown[] = [];
    // What a load balancer does: no more requests for who is not ready.
    let ready = true;
    const probe = async () => {
      while (await server.isReady()) await delay(20);
      ready = false;
    };
    const client = async () => {
      while (ready) {
        const answer = await fetch(`${server.url}/api/dictionary/words/dog`).catch((error: unknown) => error);
        if (answer instanceof Response && answer.status === 200 && (await answer.text().catch(() => ''))) answered++;
        else failures.push(answer);
      }
    };
    const clients = [probe(), ...Array.from({ length: 8 }, client)];
    await until(() => answered > 100, 'there is load');
    const { code: exitCode } = await server.end(signal);
    await Promise.all(clients);
    return { failures, exitCode };
  };

  it('answers all that it has accepted when it is ended under load', async () => {
    expect(await endUnderLoad('SIGTERM')).toEqual({ failures: [], exitCode: 0 });
  });

  it('owes that to its orderly end: killed, it leaves requests without an answer', async () => {
    expect((await endUnderLoad('SIGKILL')).failures).not.toEqual([]);
  });

  it('says which variable is wrong and ends with 78', async () => {
    start({ WORDS_URL: 'ftp://words', CACHE_MAX_AGE_S: 'long' });
    expect(await server.exited).toEqual({ code: 78, signal: null });
    expect(server.stderr).toContain('WORDS_URL');
    expect(server.stderr).toContain('CACHE_MAX_AGE_S');
  });
});
