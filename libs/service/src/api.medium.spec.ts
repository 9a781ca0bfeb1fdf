import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { raw, until } from '@almanac/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Api } from './api.ts';
import { metrics, spawnThings, startThings, type Things } from './harness.fixture.ts';

describe(Api.name, () => {
  let things: Things;
  beforeAll(async () => {
    things = await startThings({ NAME: 'things-1', RECEIVE_TIMEOUT_MS: '300', MAX_BODY_BYTES: '1000' });
  });
  afterAll(() => things.stop());

  const get = (path: string, init?: RequestInit) => fetch(`${things.url}${path}`, init);
  const post = (body: string, type = 'application/json') =>
    get('/things/notes', { method: 'POST', body, headers: { 'content-type': type } });

  it('answers, and says which replica it was', async () => {
    const response = await get('/things/page?limit=7');
    expect(await response.json()).toEqual({ limit: 7 });
    expect(response.headers.get('x-served-by')).toBe('things-1');
  });

  it.each([
    ['a thrown problem', '/things/problem', 404, { suggestions: ['thing'] }],
    ['a bug', '/things/bug', 500, { detail: 'Something went wrong here.' }],
    ['a wrong query', '/things/page?limit=99', 400, { errors: [{ field: 'limit', message: expect.any(String) }] }],
    ['a wrong parameter', '/things/numbered/x', 400, { errors: [{ field: 'id', message: expect.any(String) }] }],
    ['an unknown path', '/nothing', 404, {}],
    ['what a handler does not find', '/things/nothing', 404, {}],
    ['a broken percent-encoding', '/things/numbered/%zz', 400, {}],
    ['a broken percent-encoding nowhere', '/%', 400, {}],
    ['a parameter of 10 kB', `/things/numbered/${'9'.repeat(10_000)}`, 400, {}],
    ['an empty parameter', '/things/numbered/', 404, {}],
    ['a path trick', '/things/..%2f..%2fetc%2fpasswd', 404, {}],
    ['a null byte', '/things/numbered/%00', 400, {}],
  ])('answers %s with a problem', async (_what, path, status, members) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('x-served-by')).toBe('things-1');
    expect(await response.json()).toMatchObject({ type: 'about:blank', title: expect.any(String), status, ...members });
  });

  it.each([
    ['malformed JSON', () => post('{'), 400],
    ['a wrong field', () => post('{"title":3}'), 400],
    ['a prototype', () => post('{"title":"a","__proto__":{"x":1}}'), 400],
    ['too large a body', () => post(JSON.stringify({ title: 'a'.repeat(2_000) })), 413],
    ['a body that is too large without saying so', () => post2('a'.repeat(2_000)), 413],
    ['another media type', () => post('title', 'text/csv'), 415],
  ])('answers %s with a problem and counts it to its route', async (_what, send, status) => {
    const response = await send();
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status });
    const counted = `http_server_request_duration_seconds_count{method="POST",route="/things/notes",status="${status}"}`;
    await until(async () => (await (await fetch(`${things.adminUrl}/metrics`)).text()).includes(counted));
  });
  const post2 = (text: string) =>
    fetch(`${things.url}/things/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([text]).stream(),
      duplex: 'half',
    });

  it('answers a wrong method with those that the path takes', async () => {
    const response = await get('/things/numbered/1', { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it('answers HEAD as GET, without the body', async () => {
    const response = await get('/things/ready-bytes/1', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '499']);
  });

  it.each([
    ['what is no HTTP', 'hello\r\n\r\n', 400],
    ['headers over the limit', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['too many headers', `GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${'x: 1\r\n'.repeat(150)}\r\n`, 431],
    ['no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['headers that do not end', 'GET / HTTP/1.1\r\nhost: a\r\n', 408],
    [
      'a body that does not come',
      'POST /things/notes HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\n{',
      408,
    ],
    [
      'a smuggled request',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
      400,
    ],
  ])('answers %s with a problem on the socket', async (_what, text, status) => {
    const answer = await raw(things.url, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('content-type: application/problem+json');
    expect(answer).toContain(`"status":${status}`);
  });

  it.each([
    ['API', 1, ({ url }: Things) => url],
    ['admin listener', 64, ({ adminUrl }: Things) => adminUrl],
  ])('lets go of clients that never end their side, at the %s', async (_which, connectionsMax, urlOf) => {
    await using things = await startThings({ MAX_CONNECTIONS: '1', RECEIVE_TIMEOUT_MS: '300' });
    const { hostname, port } = new URL(urlOf(things));
    const silent = Array.from({ length: connectionsMax }, () =>
      connect({ host: hostname, port: Number(port), allowHalfOpen: true }).resume(),
    );
    await Promise.all(silent.map((socket) => once(socket, 'end')));
    await until(async () => (await fetch(`${urlOf(things)}/readyz`)).ok, 'there is room for another');
    for (const socket of silent) socket.destroy();
  });

  it('goes on after a client that leaves in the middle', async () => {
    const { hostname, port } = new URL(things.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('GET /things/slow/60000 HTTP/1.1\r\nhost: a\r\n\r\n');
    await until(() => things.api.inFlight.count === 1);
    socket.resetAndDestroy();
    await until(() => things.api.inFlight.count === 0);
    expect((await get('/things/page')).status).toBe(200);
    const counted = 'route="/things/slow/:ms",status="499"';
    expect(await (await fetch(`${things.adminUrl}/metrics`)).text()).toContain(counted);
  });

  it('labels metrics by template, never by path', async () => {
    await get('/things/numbered/123456');
    await get('/nothing/at/123456');
    const text = await (await fetch(`${things.adminUrl}/metrics`)).text();
    expect(text).toContain('method="GET",route="/things/numbered/:id",status="200"');
    expect(text).toContain('method="GET",route="unmatched",status="404"');
    expect(text).not.toContain('123456');
  });

  it('keeps idle connections longer than a proxy does', async () => {
    expect((await get('/things/page')).headers.get('keep-alive')).toBe('timeout=75');
  });
});

describe('a 503', () => {
  it('says that another replica may be asked while this one is not ready, and only then', async () => {
    await using things = await startThings({ GATED: 'yes', FAULTS: 'on' });
    await fetch(`${things.adminUrl}/faults`, { method: 'POST', body: JSON.stringify({ errorRate: 1 }) });
    const notReady = async () => {
      const { status, headers } = await fetch(`${things.url}/things/page`);
      return [status, headers.get('x-not-ready')];
    };
    expect(await notReady()).toEqual([503, '1']);
    things.readiness.gate('data').open();
    expect(await notReady()).toEqual([503, null]);
  });
});

describe('the limits of an Api', () => {
  it('refuses at once what is over its concurrency, and nothing of its probes', async () => {
    await using things = await startThings({ MAX_CONCURRENCY: '2' });
    const slow = [1, 2].map(() => fetch(`${things.url}/things/slow/60000`, { headers: { 'x-timeout-ms': '1500' } }));
    await until(() => things.api.inFlight.count === 2);
    const refused = await fetch(`${things.url}/things/page`);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ status: 503 });
    expect((await fetch(`${things.url}/readyz`)).status).toBe(200);
    await Promise.all(slow);
    expect((await fetch(`${things.url}/things/page`)).status).toBe(200);
  });

  it.each([
    ['was answered for', (url: string) => fetch(url, { headers: { 'x-timeout-ms': '100' } })],
    ['lost its client', (url: string) => fetch(url, { signal: AbortSignal.timeout(100) }).catch(() => undefined)],
  ])('counts a handler that %s until it ends', async (_what, call) => {
    await using things = await startThings({ MAX_CONCURRENCY: '1' });
    await call(`${things.url}/things/forward-after/1500`);
    await until(() => things.api.inFlight.count === 0);
    const page = async () => (await fetch(`${things.url}/things/page`)).status;
    expect(await page()).toBe(503);
    await until(async () => (await page()) === 200);
  });

  it('counts the handlers that go on after their answer', async () => {
    await using things = await startThings();
    await fetch(`${things.url}/things/forward-after/1500`, { headers: { 'x-timeout-ms': '100' } });
    const abandoned = async (count: number) =>
      new RegExp(`^http_server_abandoned_handlers ${count}$`, 'm').test(await metrics(things));
    await until(() => abandoned(1), 'it counts');
    await until(() => abandoned(0), 'it has ended');
  });

  it('takes no more connections than it may', async () => {
    await using things = await startThings({ MAX_CONNECTIONS: '1' });
    const { hostname, port } = new URL(things.url);
    const first = connect(Number(port), hostname);
    await once(first, 'connect');
    expect(await raw(things.url, 'GET /readyz HTTP/1.1\r\nhost: a\r\n\r\n')).toBe('');
    first.destroy();
  });

  it('answers 504 at the deadline and tells the handler to give up', async () => {
    await using things = await spawnThings({ REQUEST_TIMEOUT_MS: '60' }).ready();
    const response = await fetch(`${things.url}/things/slow/60000`);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ status: 504 });
    await things.logged('gave up');
    expect((await fetch(`${things.url}/things/page`)).status).toBe(200);
  });

  it('tells the handler to give up when its client goes away', async () => {
    await using things = await spawnThings().ready();
    const client = new AbortController();
    const request = fetch(`${things.url}/things/slow/60000`, { signal: client.signal });
    await until(async () => /^http_server_active_requests 1$/m.test(await metrics(things)));
    client.abort();
    await expect(request).rejects.toThrow();
    await things.logged('gave up');
  });

  it.each([
    ['the caller’s deadline where it is shorter', '60000', '50'],
    ['no longer one', '100', '999999'],
    ['none that is no number', '100', 'soon'],
    ['none before now', '100', '-1'],
  ])('takes %s', async (_what, limitMs, header) => {
    await using things = await startThings({ REQUEST_TIMEOUT_MS: limitMs });
    const response = await fetch(`${things.url}/things/slow/60000`, { headers: { 'x-timeout-ms': header } });
    expect(response.status).toBe(504);
  });

  it.each([
    ['its answer', 'bug-after-answer', () => ({})],
    ['its deadline', 'bug-after/300', () => ({ headers: { 'x-timeout-ms': '50' } })],
    ['its client has gone', 'bug-after/1500', () => ({ signal: AbortSignal.timeout(500) })],
  ])('logs what a handler fails with after %s', async (_what, path, init: () => RequestInit) => {
    await using things = await spawnThings().ready();
    await fetch(`${things.url}/things/${path}`, init()).catch(() => undefined);
    expect(await things.logged('failed after its end')).toMatchObject({
      level: 'error',
      traceId: expect.any(String),
      route: expect.stringContaining('/things/bug-after'),
      err: { message: 'too late to answer' },
    });
  });

  it('counts a body that comes too late to its route', async () => {
    await using things = await startThings({ REQUEST_TIMEOUT_MS: '300' });
    const headers = 'host: a\r\ncontent-type: application/json\r\ncontent-length: 5';
    expect(await raw(things.url, `POST /things/notes HTTP/1.1\r\n${headers}\r\n\r\n{`)).toMatch(/^HTTP\/1.1 504 /);
    expect(await metrics(things)).toContain('method="POST",route="/things/notes",status="504"');
  });

  it('breaks off an answer that has begun when its deadline comes', async () => {
    await using things = await startThings({ REQUEST_TIMEOUT_MS: '60' });
    const response = await fetch(`${things.url}/things/stream`);
    await expect(response.text()).rejects.toThrow();
  });
});
