// What varnishd keeps in files, and an exporter beside it reads: counters and a log, nothing that lets anybody in.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Chain } from './chain.ts';

describe('what a cache keeps in memory for others', () => {
  let chain: Chain;
  let state: string;
  beforeAll(async () => {
    chain = await Chain.start({ withEdge: false, environment: { RATE_ANONYMOUS_BURST: '1000000' } });
    state = chain.caches[0]!.environment['STATE']!;
  });
  afterAll(() => chain?.stop());

  const varnish = (program: string, ...args: string[]) =>
    execFileSync(program, ['-n', state, ...args], { encoding: 'utf8', timeout: 10_000 });
  /** A cookie, an answer's cookie and a header that is none, each with a secret; and the log of it. */
  const logOf = async (path: string, secret: string) => {
    for (const replica of chain.recents)
      replica.answer = (response) => response.setHeader('Set-Cookie', `__Host-visitor=a.${secret}`).end();
    const cookie = `__Host-visitor=${'0'.repeat(32)}.${secret}`;
    await chain.direct(1).call(path, { headers: { cookie, 'x-load-secret': secret } });
    const socket = connect(8080, `${chain.net}.21`);
    socket.end(`GET ${path} HTTP/1.1\r\nHost: a\r\n${secret}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
    return varnish('varnishlog', '-d', '-g', 'raw');
  };
  const nonce = () => randomBytes(16).toString('hex');

  it('is a log without headers, thus without cookies and secrets', async () => {
    const secret = nonce();
    const log = await logOf('/api/dictionary/recent', secret);
    expect(log).toContain('/api/dictionary/recent');
    expect(log).not.toContain(secret.slice(0, 16));
  });

  it('is a log with all of them where nobody leaves them out (control)', async () => {
    varnish('varnishadm', 'param.set', 'vsl_mask', 'default');
    const secret = nonce();
    const log = await logOf('/api/dictionary/recent', secret);
    for (const tag of ['ReqHeader', 'BereqHeader', 'BerespHeader', 'RespHeader', 'BogoHeader'])
      expect(log).toMatch(new RegExp(`${tag} .*${secret.slice(0, 16)}`));
  });

  it('has not the secret of the console', () => {
    expect(existsSync(join(state, '_.secret'))).toBe(false);
    expect(statSync(join(state, '../secret')).mode & 0o077).toBe(0);
  });
});
