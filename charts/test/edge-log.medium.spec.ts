import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { Chain } from './chain.ts';
import type { Patch } from './native-service.ts';

describe('the edge’s log', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await Chain.start();
  });
  afterAll(() => chain?.stop());

  it('has what fails as JSON, without its query, and nothing else', async () => {
    const path = '/metrics/"quoted"';
    await chain.client.call(`${encodeURI(path)}?secret=1`);
    await chain.client.call('/fine');
    // nginx's own messages about such a request quote its first line.
    const tooLarge = { method: 'POST', body: 'x'.repeat(20_000) };
    expect((await chain.client.call('/api/dictionary/words?secret=2', tooLarge)).status).toBe(413);
    const log = () => readFileSync(chain.edge.log, 'utf8').trim();
    const lines = () =>
      log()
        .split('\n')
        .filter((line) => line.startsWith('{'));
    await until(() => lines().some((line) => line.includes('quoted')));
    const line = JSON.parse(lines().find((line) => line.includes('quoted'))!) as Record<string, unknown>;
    expect(line).toMatchObject({ service: 'edge', level: 'warn', method: 'GET', path: encodeURI(path), status: 404 });
    expect(line['traceId']).toMatch(/^[0-9a-f]{32}$/);
    await until(() => lines().some((line) => line.includes('413')));
    expect(log()).not.toMatch(/secret|fine/);
  });

  it('has what is no HTTP as JSON, too, under the method that was asked with', async () => {
    const bytes = async (text: string, protocol: string) => {
      const socket = connectTls({
        host: chain.client.address,
        port: 8443,
        rejectUnauthorized: false,
        ALPNProtocols: [protocol],
      });
      socket.on('error', () => {}).on('data', () => {});
      socket.end(text, 'latin1');
      await once(socket, 'close');
    };
    const before = readFileSync(chain.edge.log).length;
    const upperCaseName = '\x82\x84\x87\x41\x01a\x00\x01X\x01y';
    const settings = '\0\0\0\x04\0\0\0\0\0';
    const headers = `\0\0${String.fromCharCode(upperCaseName.length)}\x01\x05\0\0\0\x01${upperCaseName}`;
    await bytes(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settings}${headers}`, 'h2');
    for (const line of ['PUT /caf\xe9/au?lait HTTP/1.1', 'BREW /"tea" HTTP/1.1', '\xe9']) {
      await bytes(`${line}\r\nHost: a\r\nConnection: close\r\n\r\n`, 'http/1.1');
    }
    const written = () => readFileSync(chain.edge.log).subarray(before);
    await until(() => written().toString('latin1').split('\n').length > 4);
    const logged = new TextDecoder('utf8', { fatal: true })
      .decode(written())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['', '/', 0],
      ['PUT', '/caf', 400],
      ['BREW', '/"tea"', 501],
      ['', '', 400],
    ]);
  });

  it('has the beginning of a long path, as many of them would fill the log', async () => {
    const before = readFileSync(chain.edge.log).length;
    const path = `/api/${'long'.repeat(1000)}`;
    expect((await chain.client.call(path)).status).toBe(404);
    const written = () => readFileSync(chain.edge.log).subarray(before).toString();
    await until(() => written().includes('/api/long'));
    const line = JSON.parse(written().trim()) as Record<string, unknown>;
    expect(line['path']).toBe(path.slice(0, 256));
  });

  /** The lines of 120 requests, one after the other on one connection, and of one that is known to come last. */
  const linesOf = async ({ client, edge }: Chain, path: string) => {
    const lines = () => readFileSync(edge.log, 'utf8').split('\n');
    client.close();
    for (let n = 0; n < 120; n++) await client.call(path);
    client.close();
    await client.call('/api/the-last');
    await until(() => lines().some((line) => line.includes('/api/the-last')));
    return lines().filter((line) => line.includes(`"path":"${path}"`));
  };

  it('has the first nine of a connection and each hundredth, where no cache answers them', async () => {
    expect(await linesOf(chain, '/api/nothing')).toHaveLength(10);
  });

  it('has all that fail in a cache or behind it', async () => {
    for (const replica of chain.replicas) {
      replica.answer = (response) => response.writeHead(404, { 'Cache-Control': 'public, max-age=60' }).end();
    }
    expect(await linesOf(chain, '/api/dictionary/words/nothing')).toHaveLength(120);
  });

  it.each<[string, number, Patch | undefined]>([
    ['has no more where no cache is there', 10, undefined],
    [
      'would have all of those (control)',
      120,
      (file, text) => (file === 'nginx.conf' ? text.replace(/^.*\(\?!00\).*\n/m, '') : text),
    ],
  ])('%s', async (_, count, patch) => {
    const alone = await Chain.start({ cachesStarted: false, originsStarted: false, ...(patch && { patch }) });
    try {
      expect(await linesOf(alone, '/')).toHaveLength(count);
    } finally {
      await alone.stop();
    }
  });
});
