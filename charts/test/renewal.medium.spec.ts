// Another certificate in the edge's folder, as cert-manager by way of the kubelet puts it there, while visitors come.
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { Chain } from './chain.ts';

const root = join(import.meta.dirname, '../..');
const making = `import { makeCertificates } from './tools/setup/certificates.mjs'; makeCertificates(process.argv[1], '127.0.0.1', { rotate: ['edge'] });`;

describe('A certificate that somebody else renews', () => {
  let chain: Chain;
  const folder = mkdtempSync(join(tmpdir(), 'almanac-renewal-'));
  const renew = () => {
    execFileSync(process.execPath, ['--input-type=module', '-e', making, folder], { cwd: root });
    return new X509Certificate(readFileSync(join(folder, 'edge.crt'))).serialNumber;
  };
  const start = async (seconds: string) => {
    const environment = { CERTS: folder, CERTS_CHECK_S: seconds };
    chain = await Chain.start({ cachesStarted: false, originsStarted: false, environment });
  };
  afterEach(async () => {
    await chain.stop();
    rmSync(folder, { recursive: true });
  });

  /** A visitor with a handshake of its own who trusts the authority; which certificate he was shown. */
  const visit = async () => {
    const { address: host, port } = chain.client;
    const ca = readFileSync(join(folder, 'ca.crt'));
    const socket = connect({ host, port, ca, servername: 'localhost' });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerX509Certificate()!;
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 404 /); // The edge's own answer, whatever is behind it.
    return serialNumber;
  };

  it('is shown soon, without a visit that fails', async () => {
    const before = renew();
    await start('1');
    expect(await visit()).toBe(before);
    const after = renew();
    // Counted here, because for `until` a visit that fails is one that has not come off yet.
    const failed: unknown[] = [];
    const visits = () =>
      Promise.all(Array.from({ length: 8 }, () => visit().catch((error: unknown) => void failed.push(error))));
    await until(async () => (await visits()).every((shown) => shown === after), 'the new certificate is shown');
    expect(failed).toEqual([]);
    expect(await visit()).toBe(after);
  });

  it('is not shown where the edge does not look (control)', async () => {
    const before = renew();
    await start('');
    const after = renew();
    await expect(until(async () => (await visit()) === after, 'the new certificate is shown', 3_000)).rejects.toThrow(
      'the new certificate is shown',
    );
    expect(await visit()).toBe(before);
  });
});
