import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from './certificates.mjs';

describe('the certificates of compose', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    for (const name of ['checkout/.almanac', 'certs', 'web-certs']) mkdirSync(join(folder, name), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const [checkout, certs] = [() => join(folder, 'checkout'), () => join(folder, 'certs')];
  const uid = String(process.getuid!());
  const webUid = uid === '0' ? '12346' : uid;
  const make = (publish = '127.0.0.1', more = {}) => {
    const program = join(import.meta.dirname, 'certificates-for-compose.mjs');
    const env = { ...process.env, PUBLISH: publish, ...more };
    const tiers = [certs(), uid, join(folder, 'web-certs'), webUid];
    return execFileSync(process.execPath, [program, checkout(), join(checkout(), '.almanac'), ...tiers], {
      encoding: 'utf8',
      env,
    }).trim();
  };
  const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');

  it('are those of npm start, in the same place, and what the edge reads of them', () => {
    expect(make()).toBe('certificates: ca edge web');
    const authority = new X509Certificate(read('checkout/.almanac/certs/ca.crt'));
    expect(new X509Certificate(read('certs/edge.crt')).verify(authority.publicKey)).toBe(true);
    expect(read('certs/edge.key')).toBe(read('checkout/.almanac/certs/edge.key'));
    expect(statSync(join(certs(), 'edge.key')).mode & 0o777).toBe(0o400);
    expect(read('certs/ca.crt')).toBe(read('checkout/.almanac/certs/ca.crt'));
    expect(statSync(join(certs(), 'ca.crt')).mode & 0o777).toBe(0o444);
    expect(makeCertificates(join(checkout(), '.almanac/certs'), '127.0.0.1')).toEqual([]);
  });

  it('are one for each tier, in a folder of its own, with a key that only its user can read', () => {
    make();
    expect(readdirSync(certs()).sort()).toEqual(['ca.crt', 'edge.crt', 'edge.key', 'load-secret']);
    expect(readdirSync(join(folder, 'web-certs')).sort()).toEqual(['ca.crt', 'web.crt', 'web.key']);
    const web = new X509Certificate(read('web-certs/web.crt'));
    expect(web.verify(new X509Certificate(read('certs/ca.crt')).publicKey)).toBe(true);
    expect([web.checkHost('web.localhost'), web.checkHost('localhost')]).toEqual(['web.localhost', undefined]);
    const key = statSync(join(folder, 'web-certs/web.key'));
    expect([key.uid, key.mode & 0o777]).toEqual([Number(webUid), 0o400]);
    expect(statSync(join(certs(), 'edge.key')).uid).toBe(Number(uid));
  });

  it('come with the load secret, which stays', () => {
    make();
    const secret = read('checkout/.almanac/load-secret');
    expect(read('certs/load-secret')).toBe(secret);
    expect(statSync(join(certs(), 'load-secret')).mode & 0o777).toBe(0o400);
    make();
    expect(read('certs/load-secret')).toBe(secret);
  });

  it('stay when they are good, also those that npm start has made', () => {
    makeCertificates(join(checkout(), '.almanac/certs'), '127.0.0.1');
    const before = read('checkout/.almanac/certs/edge.crt');
    expect(make()).toBe('certificates: kept');
    expect(read('certs/edge.crt')).toBe(before);
  });

  it('are others where that is asked for', () => {
    make();
    const before = read('certs/edge.crt');
    expect(make('127.0.0.1', { ROTATE: 'on' })).toBe('certificates: edge web');
    expect(read('certs/edge.crt')).not.toBe(before);
    expect(read('certs/edge.crt')).toBe(read('checkout/.almanac/certs/edge.crt'));
  });

  it('belong to whom the checkout belongs', () => {
    if (uid === '0') chownSync(checkout(), 12_345, 12_345);
    make();
    const owner = statSync(checkout());
    for (const path of ['.almanac', '.almanac/certs', '.almanac/certs/ca.key', '.almanac/load-secret']) {
      expect(statSync(join(checkout(), path))).toMatchObject({ uid: owner.uid, gid: owner.gid });
    }
  });
});
