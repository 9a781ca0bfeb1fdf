import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Completion, Word, WordNotFound } from '@almanac/contracts-dictionary';
import { ProblemDetails } from '@almanac/contracts-problem';
import type { ServiceProcess } from '@almanac/testing';
import fc from 'fast-check';
import { readWordsIdentity } from './dictionary.config.ts';
import { Origin, startServer } from './testing/server.fixture.ts';

const words = '/api/dictionary/words';

describe('the HTTP interface of the dictionary', () => {
  const origin = new Origin();
  let server: ServiceProcess;

  beforeAll(async () => {
    const { sha256 } = readWordsIdentity();
    const file = readFileSync(join(import.meta.dirname, '../dist/data', `words-${sha256}`));
    await origin.start((_, response) => response.end(file));
    server = await startServer({ WORDS_URL: origin.url, CACHE_MAX_AGE_S: '20' }).ready();
  });
  afterAll(async () => {
    await server.end('SIGKILL');
    await origin.stop();
  });

  const get = (path: string, headers = {}) => fetch(`${server.url}${words}${path}`, { headers });

  /** Sends a path as it stands, which fetch does not. */
  const getRaw = (path: string, method = 'GET') =>
    new Promise<{ status: number; type: string | undefined; body: string }>((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      request({ hostname, port, path, method }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () =>
          resolve({ status: response.statusCode!, type: response.headers['content-type'], body }),
        );
      })
        .on('error', reject)
        .end();
    });

  it('answers a word', async () => {
    const answer = await get('/dog');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=20, s-maxage=20');
    expect(answer.headers.get('x-served-by')).toBe('dictionary-1');
    expect(answer.headers.get('content-location')).toBeNull();
    expect(Word.parse(await answer.json())).toMatchObject({ word: 'dog', source: { name: 'WordNet 3.1' } });
  });

  it('says whose answer it is when the word was asked for in another form', async () => {
    const answer = await get('/Ice_creams');
    expect(answer.headers.get('content-location')).toBe(`${words}/ice%20cream`);
    expect(await answer.text()).toBe(await (await get('/ice%20cream')).text());
  });

  it('answers HEAD with the headers of GET', async () => {
    const [head, whole] = [await fetch(`${server.url}${words}/dog`, { method: 'HEAD' }), await get('/dog')];
    expect(head.status).toBe(200);
    for (const name of ['etag', 'cache-control', 'content-type', 'content-length']) {
      expect(head.headers.get(name)).toBe(whole.headers.get(name));
    }
    expect(await head.text()).toBe('');
  });

  it('sends an answer once: 304 for a tag that still fits', async () => {
    for (const path of ['/dog', '?prefix=do']) {
      const tag = (await get(path)).headers.get('etag')!;
      for (const header of [tag, `W/${tag}`, '*', `"other", ${tag}`, `"other",W/${tag}`]) {
        const answer = await get(path, { 'if-none-match': header });
        expect([header, answer.status, answer.headers.get('etag')]).toEqual([header, 304, tag]);
        expect(answer.headers.get('cache-control')).toBe('public, max-age=20, s-maxage=20');
      }
      for (const header of ['"other"', 'W/"other"', tag.slice(0, -2), '']) {
        expect((await get(path, { 'if-none-match': header })).status).toBe(200);
      }
    }
  });

  it('answers what is no word with near spellings', async () => {
    const answer = await get('/definately');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=20');
    expect(WordNotFound.parse(await answer.json()).suggestions[0]).toBe('definitely');
  });

  it('completes', async () => {
    expect(Completion.parse(await (await get('?prefix=def&limit=50')).json()).words).toContain('define');
    expect(Completion.parse(await (await get('?limit=3&prefix=W')).json()).words).toHaveLength(3);
    expect((await get('?prefix=def')).headers.get('cache-control')).toBe('public, max-age=20, s-maxage=20');
    expect(await (await get('?prefix=xqz&utm_source=a')).json()).toEqual({ words: [] });
  });

  it.each([
    ['/', 404],
    ['/%20', 400],
    ['/%00', 400],
    ['/dog%0A', 400],
    ['/%7F', 400],
    ['/%C2%85', 400],
    ['/%zz', 400],
    ['/%c3%28', 400],
    ['/%', 400],
    ['/%ed%a0%80', 400],
    ['/../dog', 404],
    ['/..%2f..%2fetc%2fpasswd', 404],
    ['/%2e%2e', 404],
    ['//dog', 404],
    ['/dog/', 404],
    ['/dog;x=1', 404],
    ['/a%2Fb', 404],
    [`/${'a'.repeat(500)}`, 404],
    [`/${'a'.repeat(10_000)}`, 400],
    [`/${'%C3%BC'.repeat(300)}`, 404],
    ['', 400],
    ['?', 400],
    ['?prefix=', 400],
    ['?prefix=%20', 400],
    ['?prefix=%00', 400],
    ['?prefix=%zz', 400],
    ['?prefix=a&prefix=b', 400],
    ['?prefix[x]=a', 400],
    [`?prefix=${'a'.repeat(65)}`, 400],
    ['?prefix=a&limit=0', 400],
    ['?prefix=a&limit=51', 400],
    ['?prefix=a&limit=-1', 400],
    ['?prefix=a&limit=1.5', 400],
    ['?prefix=a&limit=ten', 400],
    ['?prefix=a&limit=', 400],
    ['?prefix=a&limit=1&limit=2', 400],
  ])('answers %.40j with the problem %j', async (path, status) => {
    const answer = await getRaw(words + path);
    expect([answer.status, answer.type]).toEqual([status, 'application/problem+json']);
    expect(ProblemDetails.parse(JSON.parse(answer.body)).status).toBe(status);
  });

  it('answers other methods with 405', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await getRaw(`${words}/dog`, method)).status).toBe(405);
  });

  it('answers any word at all with 200, 400 or 404 in the form of its contract', async () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 90 }),
    );
    const property = fc.asyncProperty(word, async (asked) => {
      const answer = await getRaw(`${words}/${encodeURIComponent(asked.toWellFormed())}`);
      const body: unknown = JSON.parse(answer.body);
      if (answer.status === 200) Word.parse(body);
      else if (answer.status === 404) WordNotFound.or(ProblemDetails).parse(body);
      else expect(ProblemDetails.parse(body).status).toBe(400);
    });
    await fc.assert(property, { numRuns: 500, examples: [['/'], ['.'], ['..']] });
  });

  it('answers any path and query at all without a 5xx, and goes on', async () => {
    const visible = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) });
    const property = fc.asyncProperty(
      fc.constantFrom('/', '?prefix=', '?limit=3&prefix=', ''),
      visible,
      async (start, rest) => {
        expect((await getRaw(words + start + rest)).status).toBeLessThan(500);
      },
    );
    await fc.assert(property, { numRuns: 500 });
    expect((await get('/dog')).status).toBe(200);
  });
});
