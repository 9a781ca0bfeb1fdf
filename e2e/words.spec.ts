import { get, type IncomingHttpHeaders } from 'node:http';
import { connect as connectTls } from 'node:tls';
import { connect as connectHttp2 } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Completion, Word } from '@almanac/contracts-dictionary';
import { ProblemDetails } from '@almanac/contracts-problem';
import { system } from './system.ts';
import { Visitor } from './visitor.ts';

/** The first word of Cache-Status (RFC 9211): the cache's name. */
const cacheOf = (headers: IncomingHttpHeaders) => String(headers['cache-status']).split(';', 1)[0]!;

describe('a word, through edge, cache and dictionary', () => {
  let visitor: Visitor;
  beforeAll(() => void (visitor = new Visitor(system)));
  afterAll(() => visitor.close());

  it('is answered with all its senses', async () => {
    const { status, headers, body } = await visitor.ask('/api/dictionary/words/hound');
    expect(status).toBe(200);
    const entry = Word.parse(JSON.parse(body));
    expect(entry.word).toBe('hound');
    expect(entry.senses.map(({ partOfSpeech }) => partOfSpeech)).toEqual(expect.arrayContaining(['noun', 'verb']));
    await system.states(); // So that replicas are known by their names.
    expect(system.replicaOf(String(headers['x-edge']))).toBe('edge');
    expect(system.replicaOf(cacheOf(headers))).toMatch(/^cache-[12]$/);
    expect(system.replicaOf(String(headers['x-served-by']))).toMatch(/^dictionary-[123]$/);
  });

  it('comes from the same cache the second time, without the origin', async () => {
    const path = '/api/dictionary/words/abacus';
    const first = await visitor.ask(path);
    const second = await visitor.ask(path);
    expect(second.headers['cache-status']).toMatch(/; hit; ttl=\d+/);
    expect(second.headers['x-served-by']).toBe(first.headers['x-served-by']);
    expect(cacheOf(second.headers)).toBe(cacheOf(first.headers));
  });

  it.each([
    ['dogs', 'dog'],
    ['ran', 'run'],
    ['geese', 'goose'],
    ['Ice%20Cream', 'ice cream'],
    ['CAF%C3%89', 'cafe'],
  ])('%s is found as %s', async (asked, word) => {
    const { status, body } = await visitor.ask(`/api/dictionary/words/${asked}`);
    expect({ status, word: JSON.parse(body).word }).toEqual({
      status: 200,
      word: expect.stringMatching(new RegExp(`^${word}$`, 'i')),
    });
  });

  it('completes a prefix', async () => {
    const { status, body } = await visitor.ask('/api/dictionary/words?prefix=diction&limit=5');
    expect(status).toBe(200);
    expect(Completion.parse(JSON.parse(body)).words).toContain('dictionary');
  });

  it('answers a misspelling with near spellings', async () => {
    const { status, headers, body } = await visitor.ask('/api/dictionary/words/definately');
    expect(status).toBe(404);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(body).suggestions).toContain('definitely');
  });

  it('answers 304 to who has it already', async () => {
    const path = '/api/dictionary/words/house';
    const { headers } = await visitor.ask(path);
    const again = await visitor.ask(path, { headers: { 'If-None-Match': headers.etag! } });
    expect(again.status).toBe(304);
  });

  it.each([
    ['nothing', '/api/dictionary/words/'],
    ['10 kB', `/api/dictionary/words/${'a'.repeat(10_000)}`],
    ['a control character', '/api/dictionary/words/a%00b'],
    ['broken percent-encoding', '/api/dictionary/words/%zz'],
    ['broken UTF-8', '/api/dictionary/words/%c3%28'],
    ['a path trick', '/api/dictionary/words/..%2f..%2freadyz'],
    ['a climb', '/api/dictionary/../../readyz'],
    ['a limit that is none', '/api/dictionary/words?prefix=a&limit=many'],
    ['a route that is none', '/api/dictionary/nothing'],
  ])('answers a problem, never a 500, to %s', async (_what, path) => {
    const { status, headers, body } = await visitor.ask(path);
    expect([400, 404, 414]).toContain(status);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(ProblemDetails.parse(JSON.parse(body)).status).toBe(status);
  });

  it.each([
    '/readyz',
    '/livez',
    '/metrics',
    '/faults',
    '/openapi.json',
    '//readyz',
    '/READYZ',
    '/%72eadyz',
    '/data/words-1',
  ])('does not show %s to the outside', async (path) => {
    const { status } = await visitor.ask(path);
    expect([400, 403, 404]).toContain(status);
  });
});

describe('the entry', () => {
  it('sends plain HTTP to HTTPS', async () => {
    const location = await new Promise((resolve, reject) => {
      get(`${system.plainUrl}/words/dog`, (answer) => {
        answer.resume();
        resolve(`${answer.statusCode} ${answer.headers.location}`);
      }).on('error', reject);
    });
    expect(location).toMatch(new RegExp(`^30[18] ${system.url}/words/dog$`));
  });

  it('speaks HTTP/2 and TLS 1.3', async () => {
    const session = connectHttp2(system.url, { ca: system.ca });
    const status = await new Promise((resolve, reject) => {
      session.on('error', reject);
      session
        .request({ ':path': '/' })
        .on('error', reject)
        .on('response', (headers) => resolve(headers[':status']));
    });
    const protocol = (session.socket as unknown as { getProtocol(): string }).getProtocol();
    session.close();
    expect({ status, protocol }).toEqual({ status: 200, protocol: 'TLSv1.3' });
  });

  it('refuses TLS 1.1', async () => {
    const { hostname, port } = new URL(system.url);
    const outcome = await new Promise((resolve) => {
      const socket = connectTls({
        host: hostname,
        port: Number(port),
        ca: system.ca,
        maxVersion: 'TLSv1.1',
        minVersion: 'TLSv1',
      });
      socket.on('secureConnect', () => resolve('connected')).on('error', () => resolve('refused'));
    });
    expect(outcome).toBe('refused');
  });
});
