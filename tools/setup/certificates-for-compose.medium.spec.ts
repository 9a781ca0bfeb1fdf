import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from './certificates.mjs';

describe('the certificates of compose', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    for (const name of ['checkout/.almanac', 'certs']) mkdirSync(join(folder, name), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const [checkout, certs] = [() => join(folder, 'checkout'), () => join(folder, 'certs')];
  const uid = String(process.getuid!());
  const make = (publish = '127.0.0.1') => {
    const program = join(import.meta.dirname, 'certificates-for-compose.mjs');
    const env = { ...process.env, PUBLISH: publish };
    return execFileSync(process.execPath, [program, checkout(), join(checkout(), '.almanac'), certs(), uid], {
      encoding: 'utf8',
      env,
    }).trim();
  };
  const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');

  it('are those of npm start, in the same place, and what the edge reads of them', () => {
    expect(make()).toBe('certificates: authority');
    const authority = new X509Certificate(read('checkout/.almanac/certs/ca.crt'));
    expect(new X509Certificate(read('certs/edge.crt')).verify(authority.publicKey)).toBe(true);
    expect(read('certs/edge.key')).toBe(read('checkout/.almanac/certs/edge.key'));
    expect(statSync(join(certs(), 'edge.key')).mode & 0o777).toBe(0o400);
    expect(makeCertificates(join(checkout(), '.almanac/certs'), '127.0.0.1')).toBe('kept');
  });

  it('stay when they are good, also those that npm start has made', () => {
    makeCertificates(join(checkout(), '.almanac/certs'), '127.0.0.1');
    const before = read('checkout/.almanac/certs/edge.crt');
    expect(make()).toBe('certificates: kept');
    expect(read('certs/edge.crt')).toBe(before);
  });

  it('belong to whom the checkout belongs', () => {
    if (uid === '0') chownSync(checkout(), 12_345, 12_345);
    make();
    const owner = statSync(checkout());
    for (const path of ['.almanac', '.almanac/certs', '.almanac/certs/ca.key']) {
      expect(statSync(join(checkout(), path))).toMatchObject({ uid: owner.uid, gid: owner.gid });
    }
  });
});
