import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeCertificates } from './certificates.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'almanac-certs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(file(name), 'utf8');
const certificate = (name: string) => new X509Certificate(text(`${name}.crt`));
const days = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000;
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe', cwd: folder });

describe(makeCertificates, () => {
  it('makes an authority and a certificate that a browser takes', async () => {
    expect(makeCertificates(folder, '127.0.0.1')).toEqual(['ca', 'edge', 'web']);
    const server = createServer({ key: text('edge.key'), cert: text('edge.crt') });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    for (const servername of ['localhost', '127.0.0.1']) {
      const isTrusted = (ca: string | undefined) =>
        new Promise((resolve) => {
          const socket = connect({
            port,
            host: '127.0.0.1',
            ...(ca && { ca }),
            ...(servername === 'localhost' && { servername }),
          });
          socket.once('secureConnect', () => resolve(socket.authorized)).once('error', () => resolve(false));
          socket.once('secureConnect', () => socket.destroy());
        });
      expect([await isTrusted(text('ca.crt')), await isTrusted(undefined)]).toEqual([true, false]);
    }
    server.close();
  });

  it('uses small keys that only this user may read, and times that browsers accept', () => {
    makeCertificates(folder, '127.0.0.1');
    expect(readdirSync(folder).sort()).toEqual([
      ...['ca.crt', 'ca.key', 'ca.names', 'edge.crt', 'edge.key', 'web.crt', 'web.key'],
    ]);
    for (const key of ['ca.key', 'edge.key', 'web.key']) expect(statSync(file(key)).mode & 0o777).toBe(0o600);
    const [ca, edge] = [certificate('ca'), certificate('edge')];
    for (const one of [ca, edge])
      expect(one.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect(days(ca.validFrom, ca.validTo)).toBe(3650);
    expect(days(edge.validFrom, edge.validTo)).toBeLessThanOrEqual(397);
    expect(edge.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect([ca.ca, edge.ca, edge.keyUsage]).toEqual([true, false, ['1.3.6.1.5.5.7.3.1']]);
  });

  it('names the address that visitors use', () => {
    makeCertificates(folder, '127.99.1.1');
    expect(certificate('edge').checkIP('127.99.1.1')).toBe('127.99.1.1');
    expect(makeCertificates(folder, '127.99.1.1')).toEqual([]);
    expect(makeCertificates(folder, '127.99.1.2')).toEqual(['edge']);
    expect(makeCertificates(folder, '192.168.7.7')).toEqual(['ca', 'edge', 'web']);
    expect(verify('IP:192.168.7.7')).toMatch(/OK$/);
    expect(makeCertificates(folder, '192.168.7.7')).toEqual([]);
  });

  it('gives another certificate by the same authority where it is asked to', () => {
    makeCertificates(folder, '127.0.0.1');
    const before = { ca: text('ca.crt'), edge: text('edge.crt'), key: text('edge.key') };
    expect(makeCertificates(folder, '127.0.0.1', { rotate: ['edge'] })).toEqual(['edge']);
    expect(text('ca.crt')).toBe(before.ca);
    expect([text('edge.crt') === before.edge, text('edge.key') === before.key]).toEqual([false, false]);
    expect(certificate('edge').verify(certificate('ca').publicKey)).toBe(true);
    expect(makeCertificates(folder, '127.0.0.1')).toEqual([]);
  });

  /** What openssl says about a certificate for `name` that a thief of the authority's key has signed. */
  const verify = (name: string) => {
    writeFileSync(file('x.ext'), `subjectAltName=${name}\n`);
    openssl(
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'x.key',
      '-out',
      'x.csr',
      '-subj',
      '/O=x',
    );
    openssl(
      'x509',
      '-req',
      '-in',
      'x.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-extfile',
      'x.ext',
      '-out',
      'x.crt',
    );
    const { stdout, stderr } = spawnSync('openssl', ['verify', '-CAfile', 'ca.crt', 'x.crt'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return `${stderr}${stdout}`.trim();
  };

  it('lets the authority sign for nothing but this machine', () => {
    makeCertificates(folder, '127.0.0.1');
    for (const name of [
      'DNS:example.org',
      'IP:8.8.8.8',
      'IP:128.0.0.1',
      'IP:2001:db8::1',
      'DNS:localhost.example.org',
    ]) {
      expect(verify(name)).toMatch(/permitted subtree violation/);
    }
    // Control: what it is for passes the same check.
    for (const name of ['DNS:localhost', 'IP:127.0.0.1', 'IP:127.200.1.1', 'IP:::1'])
      expect(verify(name)).toMatch(/OK$/);
  });

  describe('the next time', () => {
    beforeEach(() => void makeCertificates(folder, '127.0.0.1'));

    it('keeps everything', () => {
      const before = [text('ca.crt'), text('edge.crt')];
      expect(makeCertificates(folder, '127.0.0.1')).toEqual([]);
      expect([text('ca.crt'), text('edge.crt')]).toEqual(before);
    });

    it.each([
      ['is missing', () => rmSync(file('edge.crt'))],
      ['is damaged', () => writeFileSync(file('edge.crt'), text('edge.crt').slice(0, 100))],
      ['has lost its key', () => rmSync(file('edge.key'))],
      ['has another’s key', () => writeFileSync(file('edge.key'), text('ca.key'))],
      ['is not of this authority', () => writeFileSync(file('edge.crt'), text('ca.crt'))],
      [
        'ends soon',
        () => {
          openssl('req', '-new', '-key', 'edge.key', '-subj', '/CN=localhost', '-out', 'x.csr');
          writeFileSync(file('x.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n');
          openssl(
            'x509',
            '-req',
            '-in',
            'x.csr',
            '-CA',
            'ca.crt',
            '-CAkey',
            'ca.key',
            '-CAcreateserial',
            '-days',
            '29',
            '-extfile',
            'x.ext',
            '-out',
            'edge.crt',
          );
        },
      ],
    ])('makes the certificate again when it %s, and keeps the authority', (_, spoil) => {
      const ca = text('ca.crt');
      spoil();
      expect(makeCertificates(folder, '127.0.0.1')).toEqual(['edge']);
      expect(text('ca.crt')).toBe(ca);
      expect(certificate('edge').verify(certificate('ca').publicKey)).toBe(true);
      expect(makeCertificates(folder, '127.0.0.1')).toEqual([]);
    });

    it('makes one for a tier that had none, and keeps what there is', () => {
      const before = [text('ca.crt'), text('edge.crt')];
      for (const name of ['web.crt', 'web.key']) rmSync(file(name));
      expect(makeCertificates(folder, '127.0.0.1')).toEqual(['web']);
      expect([text('ca.crt'), text('edge.crt')]).toEqual(before);
      expect(certificate('web').verify(certificate('ca').publicKey)).toBe(true);
    });

    it('makes both again when the authority is damaged', () => {
      writeFileSync(file('ca.key'), '');
      expect(makeCertificates(folder, '127.0.0.1')).toEqual(['ca', 'edge', 'web']);
      expect(certificate('edge').verify(certificate('ca').publicKey)).toBe(true);
    });
  });
});
