// What reaches a service is exactly what was sent, once, whatever a request says about where it ends (RFC 9112, sections 6
// and 11.2). Every attack has a nonce of its own, and brings a request within a request: that one must never come about.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loopback, raw } from '@almanac/testing';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { Chain } from './chain.ts';
import { rawHttp2, type RawRequest } from './http2-frames.ts';
import { replacing } from './native-service.ts';
import type { Received } from './origin.ts';

const at = '/api/dictionary/';
const inner = (nonce: string) => `GET ${at}inner-${nonce} HTTP/1.1\r\nHost: a\r\n\r\n`;
const post = (nonce: string, headers: string, body: string) =>
  `POST ${at}outer-${nonce} HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`;
const get = (nonce: string, headers = 'Host: a', version = 'HTTP/1.1') =>
  `GET ${at}outer-${nonce} ${version}\r\n${headers}\r\n\r\n`;
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** Bytes for HTTP/1.1, and what may come of them: the outer request's body, or nothing at all. */
type Attack = [name: string, bytes: (nonce: string) => string, body?: (nonce: string) => string];

/** A body that one length takes for a body, and another one for the next request. */
const framed =
  (headers: string): Attack[1] =>
  (nonce) =>
    post(nonce, headers, `0\r\n\r\n${inner(nonce)}`);
const framings = [
  'Content-Length: 5\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nContent-Length: 5',
  'Content-Length: 200\r\nTransfer-Encoding: chunked',
  'Content-Length: 5\r\nContent-Length: 6',
  'Content-Length: 5, 5',
  'Content-Length: +5',
  'Content-Length: -1',
  'Content-Length: 0x5',
  'Content-Length: 5 5',
  'Content-Length: 99999999999999999999',
  'Content-Length:',
  'Content-Length : 5',
  'Content-Length\t: 5',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding:\x0bchunked\r\nContent-Length: ALL',
  'Transfer-Encoding: chunked\x00\r\nContent-Length: ALL',
  'Transfer_Encoding: chunked\r\nContent-Length: ALL',
  'X: a\nTransfer-Encoding: chunked\r\nContent-Length: ALL',
  'X: a\rTransfer-Encoding: chunked\r\nContent-Length: ALL',
  'X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: ALL',
  'Content-Length: ALL\r\n Content-Length: 100',
  ' Content-Length: 5',
  'Content-Length: ALL\r\nConnection: Content-Length',
  'Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding, close, X-Timeout-Ms',
];
const chunks = (
  [
    ['size in a prefix', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['size with a sign', '+5\r\nhello\r\n0\r\n\r\n'],
    ['size beyond 64 bits', `10000000000000005\r\nhello\r\n0\r\n\r\n`],
    ['size with a blank', '5 \r\nhello\r\n0\r\n\r\n'],
    ['extension with a bare line feed', '5;a\nb\r\nhello\r\n0\r\n\r\n'],
    ['end without its line', '5\r\nhello0\r\n\r\n'],
    ['longer than it says', '3\r\nhello\r\n0\r\n\r\n'],
  ] as [string, string][]
).map(([name, body]): Attack => [`a chunk: ${name}`, (n) => post(n, 'Transfer-Encoding: chunked', body)]);

const others: Attack[] = [
  ['a request in a body with a length', (n) => post(n, `Content-Length: ${inner(n).length}`, inner(n)), inner],
  ['a request in a body of chunks', (n) => post(n, 'Transfer-Encoding: chunked', chunked(inner(n))), inner],
  ['a request in the body of a GET', (n) => get(n, `Host: a\r\nContent-Length: ${inner(n).length}`) + inner(n)],
  ['trailers', (n) => post(n, 'Transfer-Encoding: chunked', `0\r\nX-Member: 1\r\nHost: b\r\n\r\n`)],
  [
    'HTTP/1.0 with chunks',
    (n) => `POST ${at}outer-${n} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner(n)}`,
  ],
  ['HTTP/0.9', (n) => `GET ${at}outer-${n}\r\n`],
  ['another version', (n) => get(n, 'Host: a', 'HTTP/1.9')],
  ['a version of many digits', (n) => get(n, 'Host: a', 'HTTP/01.1')],
  ['HTTP/2 in clear words', (n) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${inner(n)}`],
  [
    'an upgrade to h2c',
    (n) => get(n, 'Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__'),
  ],
  [
    'an upgrade to a tunnel',
    (n) => get(n, 'Host: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13'),
  ],
  ['a tunnel', (n) => `CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n${inner(n)}`],
  ['an expectation', (n) => post(n, 'Expect: 100-continue\r\nContent-Length: 5', 'hello'), () => 'hello'],
  ['an unknown expectation', (n) => post(n, `Expect: x\r\nContent-Length: ${inner(n).length}`, inner(n)), inner],
  ['an address with a host', (n) => get(n).replace(at, `http://other${at}`)],
  ['an address with another scheme', (n) => get(n).replace(at, `gopher://other${at}`)],
  ['an address with a line feed', (n) => get(n).replace('outer', 'x\nouter')],
  ['an address with a blank', (n) => get(n).replace('outer', 'x outer')],
  ['an address with a zero byte', (n) => get(n).replace('outer', 'x\0outer')],
  [
    'an address with a line feed in percent signs',
    (n) => get(n).replace(' HTTP', `%0d%0aX:%20${inner(n).replaceAll(/[\r\n ]/g, '+')} HTTP`),
  ],
  ['no host', (n) => get(n, 'X: a')],
  ['two hosts', (n) => get(n, 'Host: a\r\nHost: b')],
  ['a folded host', (n) => get(n, 'Host: a\r\n b')],
  ['a host with a path', (n) => get(n, 'Host: a/../inner')],
  ['a header without a name', (n) => get(n, 'Host: a\r\n: x')],
  ['a header without a colon', (n) => get(n, 'Host: a\r\nx')],
  ['a header with a blank in its name', (n) => get(n, 'Host: a\r\nX Y: 1')],
  ['line feeds alone', (n) => get(n).replaceAll('\r\n', '\n')],
  ['carriage returns alone', (n) => get(n).replaceAll('\r\n', '\r') + inner(n)],
  ['empty lines before it', (n) => `\r\n\r\n${get(n)}`],
  ['65 headers', (n) => get(n, ['Host: a', ...Array.from({ length: 65 }, (_, i) => `X-${i}: ${i}`)].join('\r\n'))],
  ['1,100 headers', (n) => get(n, ['Host: a', ...Array.from({ length: 1100 }, (_, i) => `X-${i}: ${i}`)].join('\r\n'))],
  ['a header of 33 kB', (n) => get(n, `Host: a\r\nX: ${'x'.repeat(33_000)}`)],
  ['a method of another length', (n) => get(n).replace('GET', 'GETGETGETGETGETGET')],
];
const attacks: Attack[] = [
  ...framings.map((headers): Attack => [JSON.stringify(headers), framed(headers)]),
  ...chunks,
  ...others,
];

const h2 = (nonce: string, ...fields: [string, string][]): [string, string][] => {
  const given = new Set(fields.map(([name]) => name));
  const usual: [string, string][] = [
    [':method', 'POST'],
    [':scheme', 'https'],
    [':path', `${at}outer-${nonce}`],
    [':authority', 'a'],
  ];
  return [...usual.filter(([name]) => !given.has(name)), ...fields];
};
const h2Attacks: [name: string, request: (nonce: string) => RawRequest][] = (
  [
    ['a header that ends its line', () => [['x', 'a\r\nTransfer-Encoding: chunked']]],
    ['a header that ends its head', (n) => [['x', `a\r\n\r\n${inner(n)}`]]],
    ['a header’s name that ends its line', () => [['x\r\ntransfer-encoding', 'chunked']]],
    ['a header’s name with a colon', () => [['transfer-encoding: chunked\r\nx', 'a']]],
    ['a name in capitals', () => [['Transfer-Encoding', 'chunked']]],
    ['chunks', () => [['transfer-encoding', 'chunked']]],
    ['a length that is too short', () => [['content-length', '0']]],
    ['a length that is too long', () => [['content-length', '900']]],
    [
      'two lengths',
      () => [
        ['content-length', '5'],
        ['content-length', '6'],
      ],
    ],
    ['connection', () => [['connection', 'content-length']]],
    ['a path that ends its line', (n) => [[':path', `${at}outer-${n} HTTP/1.1\r\nHost: a\r\n\r\n${inner(n)}`]]],
    ['a path with a blank', (n) => [[':path', `${at}x ${at}inner-${n}`]]],
    ['a path with a host', (n) => [[':path', `http://b${at}outer-${n}`]]],
    [
      'two paths',
      (n) => [
        [':path', `${at}outer-${n}`],
        [':path', `${at}inner-${n}`],
      ],
    ],
    ['a method that is a request', (n) => [[':method', `GET ${at}inner-${n} HTTP/1.1\r\nHost: a\r\n\r\nPOST`]]],
    ['an authority that ends its line', (n) => [[':authority', `a\r\n\r\n${inner(n)}`]]],
    [
      'an authority and another host',
      () => [
        [':authority', 'a'],
        ['host', 'b'],
      ],
    ],
    ['a scheme with a path', (n) => [[':scheme', `https://b${at}inner-${n}?`]]],
  ] as [string, (nonce: string) => [string, string][]][]
).map(([name, fields]) => [
  name,
  (nonce) => ({ fields: h2(nonce, ...fields(nonce)), body: `0\r\n\r\n${inner(nonce)}` }),
]);

/** What is wrong with what came of an attack. */
const wrongs = (nonce: string, received: Received[]): string[] => {
  const of = (what: string) => received.filter(({ url }) => url.startsWith(`${at}${what}-${nonce}`));
  const oddly = received.filter(({ url }) => url.includes(nonce) && /[^\x21-\x7e]/.test(url));
  return [
    ...of('inner').map(({ url }) => `came about: ${url}`),
    ...(of('outer').length > 1 ? [`came ${of('outer').length} times`] : []),
    ...oddly.map(({ url }) => `no address: ${JSON.stringify(url)}`),
    ...(of('next').length > 1 ? [`the next one came ${of('next').length} times`] : []),
    ...of('next')
      .filter(({ body, method }) => body || method !== 'GET')
      .map(() => 'the next one was changed'),
  ];
};
const nextOne = (nonce: string) => `GET ${at}next-${nonce} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;

describe('a request within a request', () => {
  let chain: Chain;
  beforeAll(async () => {
    // Those that are waited for in vain end soon.
    const patches = [
      'client_body_timeout 10s',
      'client_header_timeout 5s',
      'keepalive_timeout 60s;\n    keepalive_requests',
    ].map((from) => replacing('nginx.conf', from, from.replace(/\d+s/, '1s')));
    chain = await Chain.start({ patch: (file, text) => patches.reduce((done, patch) => patch(file, done), text) });
  });
  afterAll(() => chain?.stop());
  const nonce = () => Math.random().toString(36).slice(2);

  it.each(attacks.map(([name, ...attack]) => ({ name, attack })))('never comes about: $name', async ({ attack }) => {
    const [bytes, body] = attack;
    const n = nonce();
    const reply = await raw(`https://${chain.client.address}:8443`, bytes(n) + nextOne(n));
    expect(wrongs(n, chain.asked)).toEqual([]);
    // Whoever is answered is answered for what he asked.
    const answered = [...reply.matchAll(new RegExp(`"url":"${at}(outer|inner|next)-${n}`, 'g'))].map(
      ([, what]) => what,
    );
    expect([[], ['outer'], ['next'], ['outer', 'next']]).toContainEqual(answered);
    const [outer] = chain.asked.filter(({ url }) => url.includes(`outer-${n}`));
    if (body) expect(outer?.body).toBe(body(n));
  });

  it.each(h2Attacks)('never comes about by HTTP/2: %s', async (_, request) => {
    const n = nonce();
    const next = { fields: h2(n, [':method', 'GET'], [':path', `${at}next-${n}`]) };
    await rawHttp2(chain.client.address, 8443, [request(n), next]);
    expect(wrongs(n, chain.asked)).toEqual([]);
  });

  it('comes about by HTTP/2 as any other, once, with its body', async () => {
    const n = nonce();
    await rawHttp2(chain.client.address, 8443, [{ fields: h2(n, ['content-length', '5']), body: 'hello' }]);
    const came = chain.asked.filter(({ url }) => url.includes(n));
    expect(came).toMatchObject([{ method: 'POST', url: `${at}outer-${n}`, body: 'hello' }]);
  });

  it.each(framings.slice(0, 2))('comes about where a server is lenient: %s (control)', async (headers) => {
    const received: Received[] = [];
    const lenient = createServer({ insecureHTTPParser: true }, ({ method = '', url = '', headers }, response) => {
      received.push({ method, url, headers, body: '' });
      response.end();
    });
    const address = loopback().address();
    lenient.listen(8080, address);
    await once(lenient, 'listening');
    try {
      const n = nonce();
      await raw(`http://${address}:8080`, framed(headers)(n) + nextOne(n));
      expect(wrongs(n, received)).toEqual([`came about: ${at}inner-${n}`]);
    } finally {
      lenient.close();
    }
  });
});
