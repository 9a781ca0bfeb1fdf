import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { raw } from '@almanac/testing';
import { createHash } from 'node:crypto';
import { Chain } from './chain.ts';

const asPage = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const word = '/api/dictionary/words/dog';

describe('the edge', () => {
  let chain: Chain;
  let address: string;
  beforeAll(async () => {
    chain = await Chain.start();
    address = chain.client.address;
  });
  afterAll(() => chain?.stop());
  beforeEach(() => {
    chain.forget();
    chain.emptyCaches();
  });
  const send = (bytes: string) => raw(`https://${address}:8443`, bytes);

  describe('answers errors', () => {
    const long = 'x'.repeat(9000);
    const body = 'x'.repeat(1025);
    const errors: [number, string][] = [
      [400, `GET / HTTP/1.1\r\n\r\n`],
      [400, `GET /\u00e9 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [400, `GET /api/dictionary/words/dog#1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [400, `GET /about?x#1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [400, `GET /api/dictionary/../../.edge/\u00e9 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [400, `GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n`],
      [400, `GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n`],
      [400, `GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n`],
      [404, `GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [405, `TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [405, `OPTIONS / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [405, `OPTIONS /api/dictionary/../../.edge/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [413, `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1025\r\n\r\n${body}`],
      [414, `GET /${long} HTTP/1.1\r\nHost: a\r\n\r\n`],
      [431, `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${long}\r\n\r\n`],
      [501, `BREW / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [501, `BREW /api/dictionary/../../.edge/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [501, `BREW /.edge/problem%0a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [404, `BREW /.edge/problem HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
      [505, `GET / HTTP/3.0\r\nHost: a\r\n\r\n`],
    ];
    it.each(errors)('%i as a problem', async (status, request) => {
      const reply = await send(request);
      const [head, body] = reply.split('\r\n\r\n') as [string, string];
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(head).toContain('\r\nContent-Type: application/problem+json\r\n');
      expect(head).toContain('\r\nX-Content-Type-Options: nosniff\r\n');
      expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status });
      expect(head).not.toContain('\r\nCache-Status: ');
      expect(chain.origins.flatMap(({ received }) => received)).toEqual([]);
    });

    it('to who asks for a page with one, whose style its policy knows', async () => {
      const { status, headers, text } = await chain.client.call('/api/nothing', { headers: asPage });
      expect(status).toBe(404);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(text).toContain('<h1>Not Found</h1>');
      const style = /<style>(.*)<\/style>/s.exec(text)![1]!;
      expect(headers['content-security-policy']).toContain(
        `'sha256-${createHash('sha256').update(style).digest('base64')}'`,
      );
      expect(headers['content-security-policy']).toContain("default-src 'none'");
    });

    it.each([
      [400, 'Accept: text/html\r\nHost: a/b\r\n'],
      [400, 'Accept: text/html\r\nHost: a\r\nContent-Length: x\r\n'],
      [413, 'Accept: text/html\r\nHost: a\r\nConnection: close\r\nContent-Length: 1025\r\n'],
      [431, `Accept: text/html\r\nHost: a\r\nX-Long: ${long}\r\n`],
      [501, 'Accept: text/html\r\nHost: a\r\nTransfer-Encoding: x\r\n'],
    ])('%i with a page when that was asked for before the request broke', async (status, headers) => {
      const reply = await send(`POST /x HTTP/1.1\r\n${headers}\r\n${body}`);
      expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(reply).toContain('\r\nContent-Type: text/html; charset=utf-8\r\n');
    });

    it.each([
      [400, 'GARBAGE\r\n\r\n'],
      [400, 'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n'],
      [404, 'GET /unheard-of HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
      [413, `POST /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1025\r\n\r\n${body}`],
      [431, `GET /livez HTTP/1.1\r\nHost: a\r\nX-Long: ${long}\r\n\r\n`],
    ])('%i as a problem inside, too', async (status, request) => {
      const reply = await raw(`http://${chain.edge.environment['SELF']!}:9090`, request);
      expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(reply).toContain('\r\nContent-Type: application/problem+json\r\n');
    });

    it('in the colours of the pages, by day and by night', async () => {
      const { text } = await chain.client.call('/api/nothing', { headers: asPage });
      expect(text).toContain('background:light-dark(#fbf8f1,#15171c);color:light-dark(#211d18,#eae5da)');
    });

    it('of the pages’ server with a page or a problem of its own, and the wait that it asked for', async () => {
      chain.web.answer = (response) => response.writeHead(503, { 'Retry-After': '7' }).end('raw');
      const page = await chain.client.call('/x', { headers: asPage });
      expect([page.status, page.headers['retry-after']]).toEqual([503, '7']);
      expect(page.text).toContain('<h1>Service Unavailable</h1>');
      const problem = await chain.client.call('/x');
      expect(JSON.parse(problem.text)).toMatchObject({ status: 503, title: 'Service Unavailable' });
    });

    it('of a file that is not as a client knows it with a page or a problem of its own', async () => {
      chain.web.answer = (response, { headers }) => response.writeHead(headers['if-match'] ? 412 : 200).end('raw');
      const onlyIf = { 'If-Match': '"x"' };
      const { status, headers, text } = await chain.client.call('/assets/%61.js', { headers: onlyIf });
      expect([status, headers['content-type']]).toEqual([412, 'application/problem+json']);
      expect(JSON.parse(text)).toMatchObject({ status: 412, title: 'Precondition Failed' });
      const page = await chain.client.call('/assets/%61.js', { headers: { ...asPage, ...onlyIf } });
      expect(page.text).toContain('<h1>Precondition Failed</h1>');
    });

    it('leaves an API’s and a page’s own 404 as they are', async () => {
      for (const origin of chain.origins) {
        origin.answer = (response) =>
          response.writeHead(404, { 'Content-Type': 'application/problem+json' }).end('{"own":1}');
      }
      expect((await chain.client.call(word, { headers: asPage })).text).toBe('{"own":1}');
      expect((await chain.client.call('/x', { headers: asPage })).text).toBe('{"own":1}');
    });
  });
});
