// What an answer says of the limit, and what is left of a refusal in the log.
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { readFileSync } from 'node:fs';
import { Chain } from './chain.ts';
import { replacing, type Patch } from './native-service.ts';

const word = '/api/dictionary/words/dog';

describe('the rate limit', () => {
  let chain: Chain;
  afterEach(() => chain?.stop());
  // Nothing is refilled while a test runs.
  const start = async (burst: number, patch?: Patch) =>
    (chain = await Chain.start({
      environment: { RATE_ANONYMOUS_BURST: String(burst), RATE_ANONYMOUS_REFILL: '10m' },
      ...(patch && { patch }),
    }));
  const numbers = async (...[path, options]: Parameters<Chain['client']['call']>) => {
    const { status, headers } = await chain.client.call(path, options);
    return [status, headers['x-ratelimit-limit'], Number(headers['x-ratelimit-remaining'])];
  };

  it('says on every answer what is left, of a copy too, which keeps nobody’s number', async () => {
    await start(50);
    for (const origin of chain.origins) {
      origin.answer = (response, { url }) => {
        const headers = { 'Cache-Control': 'public, max-age=60', ETag: '"1"', 'X-RateLimit-Remaining': '999' };
        return response.writeHead(url.includes('away') ? 503 : url.includes('none') ? 404 : 200, headers).end('{}');
      };
    }
    const asked = [
      [200, word],
      [200, word],
      [304, word, { headers: { 'If-None-Match': '"1"' } }],
      [200, word, { method: 'HEAD' }],
      [404, '/api/dictionary/words/none'],
      [200, '/api/dictionary/anything', { method: 'POST' }],
      [503, '/api/dictionary/words/away'],
      [405, word, { method: 'PUT' }],
    ] as const;
    let before = 50;
    for (const [status, path, options] of asked) {
      const [told, limit, left] = await numbers(path, options);
      expect([path, told, limit]).toEqual([path, status, '50']);
      expect([before - 1, before]).toContain(left); // A tick, one in ten minutes, may pay for one.
      before = left as number;
    }
    expect(await numbers(word, { from: '127.0.3.1' })).toEqual([200, '50', 49]);
  });

  it('refuses with when to ask again, as a problem or a page, not to be kept', async () => {
    await start(1);
    await until(async () => (await chain.client.call(word)).status === 429);
    const problem = await chain.client.call(word);
    const { 'retry-after': seconds } = problem.headers;
    expect(Number(seconds)).toBeGreaterThanOrEqual(1);
    expect(Number(seconds)).toBeLessThanOrEqual(600);
    expect(problem.headers).toMatchObject({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
    const detail = `You ask more often than you may. Try again in ${seconds} s.`;
    expect(JSON.parse(problem.text)).toEqual({ type: 'about:blank', title: 'Too Many Requests', status: 429, detail });
    const page = await chain.client.call('/about', { headers: { Accept: 'text/html' } });
    expect(page.text).toContain('<h1>Too Many Requests</h1>');
    expect(page.headers).toMatchObject({ 'x-ratelimit-limit': '1', 'x-ratelimit-remaining': '0' });
    expect(Math.abs(Number(page.headers['retry-after']) - Number(seconds))).toBeLessThanOrEqual(60);
  });

  describe('leaves in the log of a flood', () => {
    const logged = () => readFileSync(chain.edge.log, 'utf8').split('"rateKey":"127.0.0.1"').length - 1;
    const flood = async (patch?: Patch) => {
      await start(1, patch);
      const beganMs = performance.now();
      for (let n = 0; n < 300; n++) await chain.client.call(word);
      const seconds = (performance.now() - beganMs) / 1000;
      await chain.edge.stop();
      return { lines: logged(), seconds };
    };

    it('one line a second', async () => {
      const { lines, seconds } = await flood();
      expect(lines).toBeGreaterThan(0);
      expect(lines).toBeLessThanOrEqual(seconds + 1);
    });

    it('but one for each refusal where the caches do not say which to leave out (control)', async () => {
      const { lines } = await flood(replacing('nginx.conf', '"~^429:off:" 0;', ''));
      expect(lines).toBeGreaterThanOrEqual(298);
    });
  });
});
