import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RecentLookUps } from '@almanac/contracts-recent';
import { ProblemDetails } from '@almanac/contracts-problem';
import { loopback, ServiceProcess, until } from '@almanac/testing';

const { address } = loopback();
const main = join(import.meta.dirname, '../dist/main.js');
const startService = (variables: Record<string, string> = {}) =>
  new ServiceProcess(main, { SELF: address(), NAME: 'recent-1', DRAIN_MS: '200', ...variables }).ready();
const route = '0123456789abcdef0123456789abcdef';

describe('the HTTP interface of recent look-ups', () => {
  let service: ServiceProcess;
  beforeAll(async () => void (service = await startService()));
  afterAll(() => service.end('SIGKILL'));

  const ask = (method: string, headers: Record<string, string> = {}, body?: string) =>
    fetch(`${service.url}/api/dictionary/recent`, { method, headers, ...(body !== undefined && { body }) });
  const json = { 'content-type': 'application/json' };
  const remember = (word: string, headers: Record<string, string> = {}) =>
    ask('POST', { ...json, ...headers }, JSON.stringify({ word }));
  const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const wordsOf = async (answer: Response) => RecentLookUps.parse(await answer.json()).words;
  /** A visitor who has looked words up. */
  const visitorOf = async (...words: string[]) => {
    const [first, ...rest] = words;
    const cookie = cookieOf(await remember(first!));
    for (const word of rest) await remember(word, { cookie });
    return { cookie };
  };

  it('remembers what a visitor has looked up, for that visitor only', async () => {
    const [one, other] = [await visitorOf('dog', 'ice cream'), await visitorOf('cat')];
    expect(await wordsOf(await ask('GET', one))).toEqual(['ice cream', 'dog']);
    expect(await wordsOf(await ask('GET', other))).toEqual(['cat']);
  });

  it('answers a look-up with the list, privately, and says which replica remembers it', async () => {
    const answer = await remember('dog');
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'private, no-store',
      vary: 'Cookie',
      'x-served-by': 'recent-1',
    });
    expect(await wordsOf(answer)).toEqual(['dog']);
  });

  it('sets its cookie with the first look-up only, led by the id of that request', async () => {
    const first = await remember('dog', { 'x-request-id': route });
    const cookie = cookieOf(first);
    expect(cookie).toMatch(new RegExp(`^__Host-visitor=${route}\\.[\\w-]{22}$`));
    for (const answer of [await remember('cat', { cookie }), await ask('GET', { cookie }), await ask('GET')]) {
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });

  it('has an empty list for who has no cookie, a wrong one or one that nobody knows, and all look the same', async () => {
    const unknown = `__Host-visitor=${route}.${'A'.repeat(22)}`;
    const answers = [
      await ask('GET'),
      await ask('GET', { cookie: '__Host-visitor=x' }),
      await ask('GET', { cookie: unknown }),
    ];
    for (const answer of answers) {
      expect(await answer.text()).toBe('{"words":[]}');
      expect(Object.fromEntries(answer.headers)).toMatchObject({ 'cache-control': 'private, no-store' });
      expect([...answer.headers.keys()].filter((name) => name !== 'date')).toEqual(
        [...answers[0]!.headers.keys()].filter((name) => name !== 'date'),
      );
    }
  });

  it('knows nobody by half of a cookie', async () => {
    const { cookie } = await visitorOf('dog');
    const [name, secret] = cookie.split('.') as [string, string];
    const guesses = [`${name}.${'A'.repeat(22)}`, `${name}.`, `__Host-visitor=${route}.${secret.toUpperCase()}`];
    for (const guess of guesses) expect(await wordsOf(await ask('GET', { cookie: guess }))).toEqual([]);
  });

  it('takes over no secret that it has not made itself, and stays where the visitor was led to', async () => {
    const planted = `__Host-visitor=${route}.${'A'.repeat(22)}`;
    const answer = await remember('dog', { cookie: planted, 'x-request-id': 'f'.repeat(32) });
    expect(cookieOf(answer)).toMatch(`__Host-visitor=${route}.`);
    expect(cookieOf(answer)).not.toBe(planted);
    expect(await wordsOf(await ask('GET', { cookie: planted }))).toEqual([]);
  });

  it('forgets what a visitor wants forgotten, and ends the cookie', async () => {
    const visitor = await visitorOf('dog');
    const answer = await ask('DELETE', visitor);
    expect([answer.status, cookieOf(answer)]).toEqual([204, '__Host-visitor=']);
    expect(await wordsOf(await ask('GET', visitor))).toEqual([]);
    expect((await ask('DELETE')).status).toBe(204);
  });

  it.each([
    ['no word', '{}'],
    ['an empty one', '{"word":""}'],
    ['a long one', JSON.stringify({ word: 'a'.repeat(65) })],
    ['a line break', JSON.stringify({ word: 'a\nb' })],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['nothing', ''],
  ])('answers %s with a problem', async (_, body) => {
    const answer = await ask('POST', json, body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect(answer.headers.get('set-cookie')).toBeNull();
    ProblemDetails.parse(await answer.json());
  });

  it('takes small bodies only', async () => {
    expect((await ask('POST', json, JSON.stringify({ word: 'dog', more: 'x'.repeat(1024) }))).status).toBe(413);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx'])(
    'takes no %s, which a form of another site could send',
    async (type) => {
      expect((await ask('POST', { 'content-type': type }, '{"word":"dog"}')).status).toBe(415);
    },
  );

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'https://localhost:8443', 'x-forwarded-host': 'localhost:9443' },
  ])('changes nothing for another site’s page: %j', async (headers) => {
    const visitor = await visitorOf('dog');
    for (const method of ['POST', 'DELETE']) {
      const answer = await ask(method, { ...visitor, ...json, ...headers }, '{"word":"evil"}');
      expect([method, answer.status]).toEqual([method, 403]);
    }
    expect(await wordsOf(await ask('GET', visitor))).toEqual(['dog']);
  });

  it.each([
    { 'sec-fetch-site': 'same-origin', origin: 'https://any.example' },
    { origin: 'https://localhost:8443', 'x-forwarded-host': 'localhost:8443' },
    {},
  ])('lets our own pages and who is no browser: %j', async (headers) => {
    expect((await remember('dog', headers)).status).toBe(200);
  });

  it('tells in its metrics how many visitors there are, not who they are', async () => {
    const { cookie } = await visitorOf('dog');
    const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^recent_visitors [1-9]\d*$/m);
    expect(metrics).toMatch(/^recent_visitors_max 10000$/m);
    expect(metrics).toMatch(/^recent_evictions_total 0$/m);
    for (const part of cookie.replace('__Host-visitor=', '').split('.')) expect(metrics).not.toContain(part);
    expect(service.stdout + service.stderr).not.toContain(cookie.split('.')[1]);
  });

  it('forgets everybody when it ends: nothing is written down', async () => {
    await using own = await startService();
    const [SELF] = new URL(own.url).host.split(':');
    const call = (headers = {}) => fetch(`${own.url}/api/dictionary/recent`, { headers });
    const set = await fetch(`${own.url}/api/dictionary/recent`, {
      method: 'POST',
      headers: json,
      body: '{"word":"dog"}',
    });
    const headers = { cookie: cookieOf(set) };
    expect(await wordsOf(await call(headers))).toEqual(['dog']);
    await own.end();
    await using again = await startService({ SELF: SELF! });
    expect(again.url).toBe(own.url);
    expect(await wordsOf(await call(headers))).toEqual([]);
  });

  it('forgets who is away for too long, and evicts who came longest ago', async () => {
    await using own = await startService({ VISITORS_MAX: '2', IDLE_MAX_S: '1' });
    const post = () =>
      fetch(`${own.url}/api/dictionary/recent`, { method: 'POST', headers: json, body: '{"word":"dog"}' });
    const metric = async (name: string) => {
      const text = await (await fetch(`${own.adminUrl}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)![1]);
    };
    for (let n = 0; n < 5; n++) await post();
    expect(await metric('recent_visitors')).toBeLessThanOrEqual(2);
    expect(await metric('recent_evictions_total')).toBeGreaterThanOrEqual(1);
    await until(async () => (await metric('recent_visitors')) === 0);
  });
});
