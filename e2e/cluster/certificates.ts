// Certificates in a release's Secrets, renewed as whoever else keeps a Secret does it: by the same CA, without Helm.
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl, type Pod } from '../kube.ts';
import type { Release } from './release.ts';

interface Secret {
  metadata: { annotations: Record<string, string> };
  data: Record<string, string>;
}

/** Puts a new pair into the Secret of a component's certificate. Answers the certificate's SHA-256. */
export const renew = async (release: Release, component: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'almanac-renew-'));
  const file = (name: string) => join(folder, name);
  try {
    const secret = async (name: string) =>
      JSON.parse(
        await release.kubectl('get', 'secret', `${release.name}-${component}-${name}`, '-o', 'json'),
      ) as Secret;
    const [ca, { metadata }] = await Promise.all([secret('ca'), secret('certificate')]);
    for (const [name, value] of Object.entries(ca.data))
      writeFileSync(file(name), Buffer.from(value, 'base64'), { mode: 0o600 });
    const names = metadata.annotations['almanac/names']!.split(' ');
    const alternatives = names.map((name) => `${/^[\d.]+$|:/.test(name) ? 'IP' : 'DNS'}:${name}`);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('tls.key')];
    const by = ['-x509', '-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-days', '365', '-subj', `/CN=${names[0]}`];
    const leaf = ['basicConstraints=critical,CA:FALSE', `subjectAltName=${alternatives.join()}`];
    const extensions = leaf.flatMap((one) => ['-addext', one]);
    execFileSync('openssl', ['req', ...by, ...key, ...extensions, '-out', file('tls.crt')], { stdio: 'pipe' });
    const data = Object.fromEntries(
      ['tls.crt', 'tls.key'].map((name) => [name, readFileSync(file(name)).toString('base64')]),
    );
    const patch = JSON.stringify({ data });
    await release.kubectl('patch', 'secret', `${release.name}-${component}-certificate`, '-p', patch);
    return new X509Certificate(readFileSync(file('tls.crt'))).fingerprint256;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const asking = `
const [host, servername, file] = process.argv.slice(1);
const ca = require('node:fs').readFileSync(file);
const socket = require('node:tls').connect({ host, port: 8443, servername, ca }, () => {
  console.log(socket.getPeerX509Certificate().fingerprint256);
  socket.destroy();
});
socket.setTimeout(2000, () => socket.destroy(new Error('nothing within 2 s')));`;

/** A pod with Node, the file with the authority's certificate in it, and the name that it asks for. */
export interface Asker {
  pod: string;
  caFile: string;
  servername: string;
}

/** The SHA-256 of the certificate that a pod shows at 8443 to who asks from another one; throws where that one does not trust it. */
export const shownBy = async (
  { status }: Pod,
  namespace: string,
  { pod, caFile, servername }: Asker,
): Promise<string> =>
  (await kubectl('-n', namespace, 'exec', pod, '--', 'node', '-e', asking, status.podIP!, servername, caFile)).trim();
