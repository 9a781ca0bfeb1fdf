// How visitors come in: by which address, as whom, and to which certificate.
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { makeNamespace } from '../cluster.ts';
import { kubectl, root } from '../kube.ts';
import { Release } from './release.ts';
import { startStranger } from './stranger.ts';

// CLUSTER_OUTSIDE_RUN runs a command where CLUSTER_OUTSIDE listens (tools/ci/outside).
const { CLUSTER_TAG: tag = '0.1.0', CLUSTER_OUTSIDE: outside = '', CLUSTER_OUTSIDE_RUN: outsideRun } = process.env;
// `no` where nothing gives such Services an address.
const { CLUSTER_LOAD_BALANCER: hasLoadBalancer = 'yes' } = process.env;
const namespace = `almanac-entry-${randomBytes(3).toString('hex')}`;
const releaseOf = (name: string, values: Record<string, string>) => {
  const small = { 'edge.replicas': '1', 'dictionary.replicas': '1', 'global.replicas.cache': '1' };
  return new Release({ namespace, name, chart: join(root, 'charts/almanac'), tag, values: { ...small, ...values } });
};
let visitor = '';

beforeAll(async () => {
  await makeNamespace(namespace);
  visitor = await startStranger({ namespace, name: 'visitor', image: `almanac/web:${tag}`, labels: {} });
});
afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

/** What a program of Node prints that runs as the visitor. */
const asVisitor = async (program: string) =>
  (await kubectl('-n', namespace, 'exec', 'visitor', '--', 'node', '-e', program)).trim();

/** The fingerprint of the certificate that somebody sees at an address. */
const shownAt = (host: string) =>
  asVisitor(`const socket = require('node:tls').connect({ host: '${host}', port: 443, rejectUnauthorized: false }, () => {
    console.log(socket.getPeerX509Certificate().fingerprint256);
    socket.destroy();
  });`);

(hasLoadBalancer === 'no' ? describe.skip : describe)('a LoadBalancer', () => {
  const release = releaseOf('lb', { 'edge.service.type': 'LoadBalancer' });
  let address = '';

  /** Whom the edge takes for the client of a request that it has nothing for. */
  const clientOf = async (ask: (program: string) => Promise<unknown>): Promise<string> => {
    const path = `/api/nothing-${randomBytes(4).toString('hex')}`;
    await ask(`require('node:https').get('https://${address}${path}', { rejectUnauthorized: false, agent: false }, (answer) => {
      process.exit(answer.statusCode === 404 ? 0 : 1);
    })`);
    const [edge] = await release.pods('edge');
    const line = await until(async () => {
      const logs = await release.kubectl('logs', edge!.metadata.name);
      return logs.split('\n').find((one) => one.includes(path));
    }, 'the request is in the log');
    return (JSON.parse(line) as { client: string }).client;
  };
  const fromOutside = (program: string) => {
    const [run, ...words] = outsideRun!.split(' ');
    return promisify(execFile)(run!, [...words, process.execPath, '-e', program]);
  };

  it('has an address', async () => {
    await release.install();
    address = await until(
      () => release.kubectl('get', 'service', 'lb-edge', '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}'),
      'an address',
    );
    expect(await release.test()).toMatch(/Phase:\s+Succeeded/);
  });

  it('lets the edge see the address of a client that is a pod', async () => {
    expect(await clientOf(asVisitor)).toBe(visitor);
  });

  (outsideRun ? it : it.skip)("lets it see a client's from outside (CLUSTER_OUTSIDE_RUN)", async () => {
    expect(await clientOf(fromOutside)).toBe(outside.split(':')[0]);
    // The control: as a Service is unless told otherwise, a node's address stands for everybody.
    const policy = { spec: { externalTrafficPolicy: 'Cluster' } };
    await release.kubectl('patch', 'service', 'lb-edge', '-p', JSON.stringify(policy));
    await until(async () => (await clientOf(fromOutside)) !== outside.split(':')[0], 'another address is seen');
  });
});

describe('a certificate', () => {
  const release = releaseOf('tls', {});
  const folder = mkdtempSync(join(tmpdir(), 'almanac-entry-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const dataOf = async (secret: string) =>
    (JSON.parse(await release.kubectl('get', 'secret', secret, '-o', 'json')) as { data: Record<string, string> }).data;
  const fingerprint = (pem: string | Buffer) => new X509Certificate(pem).fingerprint256;
  /** Makes a Secret with a new certificate, which is its own authority; answers the certificate. */
  const makeSecret = async (name: string): Promise<Buffer> => {
    const [key, certificate] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const request = ['req', '-x509', '-days', '2', ...subject, ...curve, '-keyout', key, '-out', certificate];
    execFileSync('openssl', request, { stdio: 'ignore' });
    const files = [key, certificate, `ca.crt=${certificate}`].map((file) => `--from-file=${file}`);
    await release.kubectl('delete', 'secret', name, '--ignore-not-found');
    await release.kubectl('create', 'secret', 'generic', name, '--type=kubernetes.io/tls', ...files);
    return readFileSync(certificate);
  };

  it('that was generated is kept over upgrades', async () => {
    await release.install();
    const [authority, certificate] = [await dataOf('tls-edge-ca'), await dataOf('tls-edge-certificate')];
    await release.upgrade({ 'edge.connections': '128' });
    expect([await dataOf('tls-edge-ca'), await dataOf('tls-edge-certificate')]).toEqual([authority, certificate]);
    expect(await shownAt('tls-edge')).toBe(fingerprint(Buffer.from(certificate['tls.crt']!, 'base64')));
  });

  it('for other hosts is another one, by the same authority', async () => {
    const authority = await dataOf('tls-edge-ca');
    const before = await shownAt('tls-edge');
    await release.upgrade({ 'edge.hosts[0]': 'almanac.example' });
    expect(await dataOf('tls-edge-ca')).toEqual(authority);
    expect(await shownAt('tls-edge')).not.toBe(before);
    expect(await release.test()).toMatch(/Phase:\s+Succeeded/);
  });

  it("of one's own is the one that the edge shows, and so is the next after an upgrade", async () => {
    const own = { 'edge.certificate.mode': 'existing', 'edge.certificate.existingSecret': 'own' };
    const showsIt = async () => {
      const certificate = await makeSecret('own');
      await release.upgrade(own);
      expect(await shownAt('tls-edge')).toBe(fingerprint(certificate));
      expect(await release.test()).toMatch(/Phase:\s+Succeeded/);
    };
    await showsIt();
    await showsIt();
  });
});
