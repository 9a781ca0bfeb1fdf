import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { startWeb } from './web.fixture.ts';
import type { Web } from './web.fixture.ts';

let web: Web;
const sha256 = '0123456789abcdef'.repeat(4);
const words = Buffer.from('words, words, words');

beforeAll(async () => {
  web = await startWeb();
  await writeFile(join(web.dataFolder, `words-${sha256}`), words);
  await writeFile(join(web.dataFolder, 'secret'), 'secret');
  await mkdir(join(web.dataFolder, `words-${'d'.repeat(64)}`));
  await symlink('/nowhere', join(web.dataFolder, `words-${'e'.repeat(64)}`));
});
afterAll(async () => {
  expect(await web.stop()).toEqual({ code: 0, signal: null });
});

/** Not fetch: it would resolve `..` and unpack bodies before the server or the test saw them. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(web.url, { path, method, headers }, resolve).on('error', reject).end();
  const response = await promise;
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

const html = { accept: 'text/html,application/xhtml+xml' };

describe('the pages', () => {
  it.each(['/', '/about', '/words/dog', '/words/ice%20cream', '/words/AC%2FDC', '/words/%E6%97%A5%E6%9C%AC'])(
    'serves %s under a policy that lets nothing inline or foreign in',
    async (path) => {
      const { status, headers, body } = await get(path);
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['x-served-by']).toBe('web-1');
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
      expect(String(body)).not.toMatch(/<script(?![^>]*\bsrc="\/assets\/)|<style| style="| on\w+="/);
    },
  );

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('sends a page packed with %s to who takes it, with an ETag of its own', async (encoding, unpack) => {
    const plain = await get('/');
    const packed = await get('/', { 'accept-encoding': encoding });
    expect(packed.headers['content-encoding']).toBe(encoding);
    expect(packed.headers.vary).toBe('Accept-Encoding');
    expect(packed.headers.etag).not.toBe(plain.headers.etag);
    expect(packed.body.length).toBeLessThan(plain.body.length / 2);
    expect(unpack(packed.body)).toEqual(plain.body);
  });

  it('answers 304 to who has the page, also by a weak ETag, and 200 to who has another', async () => {
    const etag = (await get('/')).headers.etag!;
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    expect((await get('/')).headers['cache-control']).toBe('public, max-age=60');
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const { status, body, headers } = await get('/', { 'if-none-match': tags });
      expect([status, body.length, headers.etag]).toEqual([304, 0, etag]);
    }
    expect((await get('/', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('leads from a page with a slash at its end to the page', async () => {
    const { status, headers } = await get('/about/', html);
    expect([status, headers.location, headers['cache-control']]).toEqual([308, '/about', 'public, max-age=60']);
    expect((await get('/about')).status).toBe(200);
    expect((await get('/about//', html)).status).toBe(404);
    expect((await get('/words/dog/', html)).status).toBe(200);
  });

  it('leads the form to the word’s page, and where nothing runs JavaScript to its data', async () => {
    const leadsTo = async (path: string) => {
      const { status, headers } = await get(path);
      expect(status).toBe(303);
      return headers.location;
    };
    expect(await leadsTo('/words?q=ice+cream')).toBe('/words/ice%20cream');
    expect(await leadsTo('/words?q=%2F%2Fevil.test')).toBe('/words/%2F%2Fevil.test');
    expect(await leadsTo('/words?q=a%0D%0ASet-Cookie%3A+x')).toBe('/words/a%0D%0ASet-Cookie%3A%20x');
    expect(await leadsTo('/words?q=a&q=b')).toBe('/words/a');
    expect(await leadsTo('/words?as=data&q=ice+cream')).toBe('/api/dictionary/words/ice%20cream');
    expect(await leadsTo('/words?as=data&q=..%2F')).toBe('/api/dictionary/words/..%2F');
    expect(await leadsTo('/words?as=//evil.test/&q=a')).toBe('/words/a');
    expect(await leadsTo('/words?as=data&q=+')).toBe('/');
    expect(await leadsTo('/words?q=+')).toBe('/');
    expect(await leadsTo('/words')).toBe('/');
  });

  it('says that a page does not exist: as a page to browsers, as a problem to programs', async () => {
    const page = await get('/nothing/here', html);
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(page.headers['content-security-policy']).toBeDefined();
    expect((await get('/nothing/here', { ...html, 'if-none-match': page.headers.etag! })).status).toBe(404);
    const problem = await get('/nothing/here', { accept: 'application/json' });
    expect([problem.status, problem.headers['content-type']]).toEqual([404, 'application/problem+json']);
    expect([page.headers.vary, problem.headers.vary]).toEqual(['Accept, Accept-Encoding', 'Accept']);
  });

  it.each(['/words/%zz', '/%', '/words/%c3%28'])('refuses %s as a bad request', async (path) => {
    expect((await get(path)).status).toBe(400);
  });

  it('takes nothing but GET and HEAD', async () => {
    expect((await get('/', {}, 'POST')).status).toBe(405);
    const head = await get('/', {}, 'HEAD');
    expect([head.status, head.body.length]).toEqual([200, 0]);
  });

  it.each(['/favicon.svg', '/robots.txt', '/manifest.webmanifest'])('serves %s', async (path) => {
    expect((await get(path)).status).toBe(200);
  });
});

describe('the assets', () => {
  const assets = async () =>
    [...String((await get('/')).body).matchAll(/"(\/assets\/[^"]+)"/g)].map((match) => match[1]!);

  it('are kept for a year by whoever has them', async () => {
    const paths = await assets();
    expect(paths.map((path) => path.replace(/-[A-Z0-9]{8}/, '')).sort()).toEqual([
      '/assets/site.css',
      '/assets/site.js',
      '/assets/source-serif-4-latin-wght-italic.woff2',
      '/assets/source-serif-4-latin-wght-normal.woff2',
    ]);
    for (const path of paths) {
      const { status, headers } = await get(path);
      expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
    }
  });

  it('travel packed, with the type of what is inside', async () => {
    const script = (await assets()).find((path) => path.endsWith('.js'))!;
    const plain = await get(script);
    for (const [encoding, unpack] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const { headers, body } = await get(script, { 'accept-encoding': encoding });
      expect(headers['content-encoding']).toBe(encoding);
      expect(headers['content-type']).toMatch(/^(text|application)\/javascript/);
      expect(unpack(body)).toEqual(plain.body);
    }
  });

  it.each(['/assets/', '/assets/site.js', '/assets/../main.js', '/assets/%2e%2e/main.js', '/assets/site-AAAAAAAA.js'])(
    'does not know %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );
});

describe('the data files', () => {
  it('serves the file that the name says, for good', async () => {
    const { status, headers, body } = await get(`/data/words-${sha256}`);
    expect(status).toBe(200);
    expect(body).toEqual(words);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-length']).toBe(String(words.length));
  });

  it('serves a part of it', async () => {
    const part = await get(`/data/words-${sha256}`, { range: 'bytes=7-11' });
    expect([part.status, String(part.body), part.headers['content-range']]).toEqual([206, 'words', 'bytes 7-11/19']);
    expect((await get(`/data/words-${sha256}`, { range: 'bytes=100-' })).status).toBe(416);
  });

  it.each([
    '/data',
    '/data/',
    '/data/secret',
    '/data/./secret',
    `/data//words-${sha256}`,
    `/data/words-${sha256}/`,
    `/data/words-${sha256}%00`,
    `/data/words-${sha256.toUpperCase()}`,
    `/data/words-${'c'.repeat(64)}`,
    `/data/words-${'d'.repeat(64)}`,
    `/data/words-${'e'.repeat(64)}`,
    '/data/../main.js',
    '/data/..%2fmain.js',
    '/data/%2e%2e/%2e%2e/etc/passwd',
    `/data/words-${sha256}%2f..%2fsecret`,
    String.raw`/data/..\secret`,
  ])('does not know %s', async (path) => {
    const { status, headers } = await get(path);
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json']);
  });
});
