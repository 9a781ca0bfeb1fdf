import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { raw } from '@almanac/testing';
import { Chain } from './chain.ts';
import type { Reply } from './client.ts';

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

  describe('sends who comes without TLS', () => {
    const redirect = (request: string, port: number) => raw(`http://${address}:${port}`, request);
    it.each([8080, 8443])('to port %i to HTTPS, with the same host and path', async (port) => {
      const reply = await redirect(
        'GET /words/a%20b?q=1 HTTP/1.1\r\nHost: example.org:8080\r\nConnection: close\r\n\r\n',
        port,
      );
      expect(reply).toMatch(/^HTTP\/1.1 308 /);
      expect(reply).toContain('\r\nLocation: https://example.org:8443/words/a%20b?q=1\r\n');
      expect(reply).toContain('\r\nCache-Control: no-store\r\n');
      expect(reply).not.toContain('Strict-Transport-Security');
    });

    it.each(['user@evil.org', 'evil.org#', 'a_b', '"'])('nowhere when the host is %s', async (host) => {
      expect(await redirect(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 8080)).toMatch(
        /^HTTP\/1.1 400 /,
      );
    });

    it('nowhere else by a path that looks like a host', async () => {
      const reply = await redirect('GET //evil.org/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 8080);
      expect(reply).toContain('\r\nLocation: https://localhost:8443//evil.org/\r\n');
    });
  });

  describe('says on every answer', () => {
    const answers: [string, () => Promise<Reply>, number][] = [
      ['a word', () => chain.client.call(word), 200],
      ['a page', () => chain.client.call('/', { headers: asPage }), 200],
      ['an error of its own', () => chain.client.call('/metrics'), 404],
      ['an error from behind', () => chain.client.call(word, { method: 'POST' }), 405],
    ];
    it.each(answers)('what keeps browsers from harm: %s', async (_, call, status) => {
      for (const origin of chain.origins) {
        origin.answer = (response, request) => {
          response.setHeader('X-Frame-Options', 'ALLOWALL').setHeader('X-Powered-By', 'x');
          origin.answerWell(response, request);
        };
      }
      const { headers, ...reply } = await call();
      expect(reply.status).toBe(status);
      expect(headers).toMatchObject({
        server: 'nginx',
        'x-edge': 'edge',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['permissions-policy']).toContain('geolocation=()');
      for (const absent of ['strict-transport-security', 'x-powered-by', 'via', 'x-varnish'])
        expect(headers).not.toHaveProperty(absent);
    });

    it('the policy of a page, as the page has it', async () => {
      chain.web.answer = (response) => response.setHeader('Content-Security-Policy', "default-src 'self'").end('page');
      const { headers } = await chain.client.call('/', { headers: asPage });
      expect(headers['content-security-policy']).toBe("default-src 'self'");
    });
  });

  describe('lets nobody in', () => {
    const spellings = [
      '/READYZ',
      '//readyz',
      '/%72eadyz',
      '/%2freadyz',
      '/./readyz',
      '/x/../readyz',
      '/x/%2e%2e/readyz',
      '/readyz/',
      '/readyz?a',
      '/Metrics',
      '/LiveZ/x',
      '/faults',
      '/openapi.json',
      '/data/words-1',
      '//DATA/words-1',
      '/%64ata/words-1',
      '/.edge/page',
    ];
    it.each(spellings)('at %s', async (path) => {
      expect((await chain.client.call(path)).status).toBe(404);
      expect(chain.origins.flatMap(({ received }) => received)).toEqual([]);
    });

    it('by two lengths or two framings in one request', async () => {
      const framings = [
        'Content-Length: 5\r\nContent-Length: 6',
        'Content-Length: 5\r\nTransfer-Encoding: chunked',
        'Transfer-Encoding: chunked, identity',
        'Content-Length: +5',
        'Transfer-Encoding : chunked',
      ];
      for (const framing of framings) {
        const reply = await send(
          `POST /api/dictionary/x HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`,
        );
        expect([framing, reply]).toEqual([framing, expect.stringMatching(/^HTTP\/1.1 (400|501) /)]);
      }
      expect(chain.origins.flatMap(({ received }) => received)).toEqual([]);
    });
  });

  it('repeats nothing that a client says about itself', async () => {
    const forged = Object.fromEntries(
      [
        'X-Timeout-Ms',
        'X-Rate-Class',
        'X-Rate-Key',
        'X-Member',
        'X-Real-IP',
        'X-Request-Id',
        'X-Forwarded-For',
        'X-Forwarded-Host',
        'X-Forwarded-Proto',
        'X-Forwarded-Port',
        'X-Forwarded-Prefix',
        'Forwarded',
        'Via',
        'Proxy',
        'TE',
        'X-Original-URL',
        'X-Rewrite-URL',
        'X-HTTP-Method-Override',
      ].map((name) => [name, 'forged']),
    );
    await chain.client.call('/api/dictionary/anything', {
      headers: { ...forged, Upgrade: 'websocket', Connection: 'upgrade' },
    });
    const { headers } = chain.asked[0]!;
    expect(Object.values(headers).join()).not.toMatch(/forged|websocket/);
    expect(headers).toMatchObject({
      'x-real-ip': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '8443',
      'x-forwarded-host': 'localhost:8443',
    });
  });

  describe('carries the trace', () => {
    const traceOf = async (headers: Record<string, string>) => {
      chain.forget();
      await chain.client.call('/api/dictionary/anything', { headers });
      return chain.asked[0]!.headers['traceparent'];
    };
    it('that a request is part of', async () => {
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      expect(await traceOf({ traceparent })).toBe(traceparent);
    });
    it.each(['', 'nonsense', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`])(
      'or a new one in the place of “%s”',
      async (traceparent) => {
        expect(await traceOf({ traceparent })).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      },
    );
  });

  it('takes any Host, and its copies do not differ by it', async () => {
    for (const host of ['localhost', 'evil.org', 'a.b:1', '1.2.3.4']) {
      expect((await chain.client.call(word, { headers: { Host: host } })).status).toBe(200);
    }
    expect(chain.asked).toHaveLength(1);
  });

  it('tells its state inside only', async () => {
    const admin = `http://${chain.edge.environment['SELF']}:9090`;
    for (const path of ['livez', 'readyz']) expect((await fetch(`${admin}/${path}`)).status).toBe(200);
    expect(await (await fetch(`${admin}/status`)).text()).toMatch(/Active connections: \d+/);
    expect((await chain.client.call('/status')).headers['x-served-by']).toBe('web');
  });
});

describe('the edge for a real host', () => {
  it('says that it is to be reached by HTTPS only', async () => {
    const chain = await Chain.start({ environment: { HSTS: '31536000' }, cachesStarted: false });
    try {
      const { headers } = await chain.client.call('/metrics');
      expect(headers['strict-transport-security']).toBe('max-age=31536000');
    } finally {
      await chain.stop();
    }
  });
});
