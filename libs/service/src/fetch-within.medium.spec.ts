import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import { fetchWithin } from './fetch-within.ts';
import { address, spawnThings, startThings } from './harness.fixture.ts';
import { Problem } from './problem.ts';

describe(fetchWithin.name, () => {
  let server: Server;
  let url: string;
  let answer: RequestListener;
  let seen: IncomingMessage[];

  beforeEach(async () => {
    const host = address();
    seen = [];
    server = createServer((request, response) => {
      seen.push(request);
      answer(request, response);
    });
    await once(server.listen(8080, host), 'listening');
    url = `http://${host}:8080/`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const failing =
    (times: number, status: number): RequestListener =>
    (_request, response) =>
      void response.writeHead(seen.length <= times ? status : 200).end('done');

  it('passes on what is left of the time', async () => {
    answer = failing(0, 0);
    const response = await fetchWithin(url, { timeoutMs: 5_000 });
    expect(await response.text()).toBe('done');
    const leftMs = Number(seen[0]!.headers['x-timeout-ms']);
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(5_000);
  });

  it('throws a timeout when there is no answer in time', async () => {
    answer = () => {};
    await expect(fetchWithin(url, { timeoutMs: 50, retries: 3 })).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('holds the body to the deadline too', async () => {
    answer = (_request, response) => void response.write('begun');
    const response = await fetchWithin(url, { timeoutMs: 2_000 });
    await expect(response.text()).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('says of an answer that breaks off that there is none', async () => {
    answer = (_request, response) => void response.write('begun', () => response.destroy());
    const response = await fetchWithin(url, { timeoutMs: 5_000 });
    await expect(response.text()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('throws that nobody answers, at once and after its tries', async () => {
    server.close();
    for (const retries of [0, 2]) {
      const error = await fetchWithin(url, { timeoutMs: 5_000, retries }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Problem);
      expect(error).toMatchObject({ kind: 'unavailable', retriable: true });
    }
  });

  it('tries again what may succeed later', async () => {
    answer = failing(2, 503);
    expect((await fetchWithin(url, { timeoutMs: 5_000, retries: 2 })).status).toBe(200);
    expect(seen).toHaveLength(3);
  });

  it('gives the last answer when its tries are used up', async () => {
    answer = failing(9, 503);
    expect((await fetchWithin(url, { timeoutMs: 5_000, retries: 1 })).status).toBe(503);
    expect(seen).toHaveLength(2);
  });

  it.each([
    ['a final status', 'GET', 404],
    ['what is not idempotent', 'POST', 503],
  ])('does not try %s again', async (_what, method, status) => {
    answer = failing(9, status);
    expect((await fetchWithin(url, { timeoutMs: 5_000, retries: 3, method })).status).toBe(status);
    expect(seen).toHaveLength(1);
  });

  it('does not wait for a Retry-After beyond its deadline', async () => {
    answer = (_request, response) => void response.writeHead(503, { 'retry-after': '60' }).end();
    expect((await fetchWithin(url, { timeoutMs: 1_000, retries: 3 })).status).toBe(503);
    expect(seen).toHaveLength(1);
  });

  it('refuses a body over its limit, announced or not', async () => {
    const big = Buffer.alloc(2_000);
    answer = (_request, response) => void response.writeHead(200, { 'content-length': big.length }).end(big);
    await expect(fetchWithin(url, { timeoutMs: 5_000, maxBytes: 1_999, retries: 2 })).rejects.toThrow('more than 1999');
    expect(seen).toHaveLength(1);
    answer = (_request, response) => {
      response.write(big);
      response.end();
    };
    const response = await fetchWithin(url, { timeoutMs: 5_000, maxBytes: 1_999 });
    await expect(response.arrayBuffer()).rejects.toMatchObject({ kind: 'unavailable' });
    const whole = await fetchWithin(url, { timeoutMs: 5_000, maxBytes: 2_000 });
    expect((await whole.arrayBuffer()).byteLength).toBe(2_000);
  });

  it('ends when its caller gives up', async () => {
    answer = () => {};
    const caller = new AbortController();
    const call = fetchWithin(url, { timeoutMs: 60_000, signal: caller.signal });
    caller.abort();
    await expect(call).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('follows no redirect', async () => {
    answer = (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    await expect(fetchWithin(url, { timeoutMs: 5_000 })).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('works within the request that it is made for: its trace, its deadline', async () => {
    answer = (_request, response) => void response.end('{}');
    await using things = await startThings();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { traceparent, tracestate: 'vendor=1', 'x-timeout-ms': '2000' };
    const response = await fetch(`${things.url}/things/forward?to=${url}`, { headers });
    expect(response.status).toBe(200);
    expect(seen[0]!.headers).toMatchObject({ traceparent, tracestate: 'vendor=1' });
    expect(Number(seen[0]!.headers['x-timeout-ms'])).toBeLessThanOrEqual(2_000);
  });

  it('makes no call for a request whose time is up, though its handler goes on', async () => {
    await using things = await spawnThings().ready();
    const headers = { 'x-timeout-ms': '50' };
    expect((await fetch(`${things.url}/things/forward-after/200?to=${url}`, { headers })).status).toBe(504);
    expect(await things.logged('not forwarded')).toMatchObject({ kind: 'timeout' });
    expect(seen).toEqual([]);
  });
});
