// The certificates that the chart makes, and whether an upgrade keeps those that it finds in the cluster, which
// helm-unittest plays.
import { beforeAll, expect, it } from '@jest/globals';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ask, chart, describeWith, objects, set, type KubernetesObject } from './tools.ts';

const namespace = 'words';
const day = 86_400;
const nowS = Math.floor(Date.now() / 1000);

describeWith(['helm', 'untt'], 'generated certificates', () => {
  let ca: KubernetesObject;
  let certificate: KubernetesObject;
  beforeAll(() => {
    const all = objects({ args: ['--namespace', namespace, ...set('edge.hosts={almanac.example.org,192.0.2.1}')] });
    [ca, certificate] = ['almanac-edge-ca', 'almanac-edge-certificate'].map((name) =>
      all.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === name)!,
    ) as [KubernetesObject, KubernetesObject];
  });
  const read = ({ data }: KubernetesObject, key: string) => Buffer.from(data![key]!, 'base64').toString();

  it('are for the hosts and for the Service, signed by a CA that is known beside them', () => {
    const [signer, signed] = [
      new X509Certificate(read(ca, 'ca.crt')),
      new X509Certificate(read(certificate, 'tls.crt')),
    ];
    expect(signer.ca).toBe(true);
    expect(signed.ca).toBe(false);
    expect(signed.verify(signer.publicKey)).toBe(true);
    expect(signed.checkPrivateKey(createPrivateKey(read(certificate, 'tls.key')))).toBe(true);
    expect(signer.checkPrivateKey(createPrivateKey(read(ca, 'ca.key')))).toBe(true);
    expect(certificate.data!['ca.crt']).toBe(ca.data!['ca.crt']);
    for (const host of ['almanac.example.org', 'almanac-edge', 'almanac-edge.words.svc.cluster.local']) {
      expect(signed.checkHost(host)).toBe(host);
    }
    expect(signed.checkIP('192.0.2.1')).toBe('192.0.2.1');
    expect(signed.checkHost('localhost')).toBeUndefined();
  });

  it('say when they end, as upgrades read it', () => {
    const pairs = [
      [ca, 'ca.crt', 3650],
      [certificate, 'tls.crt', 365],
    ] as const;
    for (const [secret, key, days] of pairs) {
      const endS = new X509Certificate(read(secret, key)).validToDate.getTime() / 1000;
      expect(Math.abs(Number(secret.metadata.annotations!['almanac/not-after']) - endS)).toBeLessThan(60);
      expect(Math.abs(endS - nowS - days * day)).toBeLessThan(day);
    }
  });

  it('are never the same for two releases', () => {
    const other = objects().find(({ metadata }) => metadata.name === 'almanac-edge-ca')!;
    expect(other.data!['ca.key']).not.toBe(ca.data!['ca.key']);
  });

  /** What an upgrade makes of what there is, by the names of what it keeps. */
  const keeps = (
    there: KubernetesObject[],
    { hosts = ['almanac.example.org', '192.0.2.1'], secrets = [ca, certificate], chart: tier = 'edge' } = {},
  ) => {
    const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    const assertion = (secret: KubernetesObject, key: string) => ({
      it: `keeps ${key}`,
      template: `charts/${tier}/templates/${tier}.yaml`,
      documentSelector: { path: 'type', value: secret.type },
      asserts: [{ equal: { path: `data["${key}"]`, value: secret.data![key] } }],
    });
    const suite = {
      suite: 'certificates',
      templates: [`charts/${tier}/templates/${tier}.yaml`],
      release: { name: 'almanac', namespace },
      set: { 'edge.hosts': hosts, 'edge.load.enabled': false },
      kubernetesProvider: {
        scheme: {
          'v1/Secret': { gvr: { version: 'v1', resource: 'secrets' }, namespaced: true },
        },
        objects: there.map((one) => ({ ...one, metadata: { ...one.metadata, namespace } })),
      },
      tests: [assertion(secrets[0]!, 'ca.key'), assertion(secrets[1]!, 'tls.key')],
    };
    try {
      writeFileSync(join(folder, 'suite.yaml'), stringify(suite));
      const { said } = ask('untt', ['--strict', '--with-subchart=false', '-f', join(folder, 'suite.yaml'), chart]);
      const [, passed, all] = /^Tests: .*?(\d+) passed, (\d+) total/m.exec(said) ?? [];
      expect({ said, all }).toEqual({ said, all: '2' });
      const failed = [...said.matchAll(/- keeps (\S+)$/gm)].map(([, key]) => key);
      expect(failed).toHaveLength(2 - Number(passed));
      return ['ca.key', 'tls.key'].filter((key) => !failed.includes(key));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const endingIn = (secret: KubernetesObject, days: number): KubernetesObject => {
    const annotations = { ...secret.metadata.annotations, 'almanac/not-after': String(nowS + days * day) };
    return { ...secret, metadata: { ...secret.metadata, annotations } };
  };

  it('are kept by an upgrade', () => {
    expect(keeps([ca, certificate])).toEqual(['ca.key', 'tls.key']);
  });

  it('of web are by a CA of its own, and kept too', () => {
    const all = objects({ args: ['--namespace', namespace] });
    const web = ['ca', 'certificate'].map((name) =>
      all.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === `almanac-web-${name}`)!,
    ) as [KubernetesObject, KubernetesObject];
    const [signer, signed] = [
      new X509Certificate(read(web[0], 'ca.crt')),
      new X509Certificate(read(web[1], 'tls.crt')),
    ];
    expect([signed.verify(signer.publicKey), signed.checkHost('almanac-web')]).toEqual([true, 'almanac-web']);
    expect(signed.verify(new X509Certificate(read(ca, 'ca.crt')).publicKey)).toBe(false);
    expect(keeps(web, { secrets: web, chart: 'web' })).toEqual(['ca.key', 'tls.key']);
    expect(keeps([], { secrets: web, chart: 'web' })).toEqual([]);
  });

  it('are made where there are none', () => {
    expect(keeps([])).toEqual([]);
  });

  it('are renewed by the same CA when fewer than 90 days are left', () => {
    expect(keeps([ca, endingIn(certificate, 91)])).toEqual(['ca.key', 'tls.key']);
    expect(keeps([ca, endingIn(certificate, 89)])).toEqual(['ca.key']);
  });

  it('are made anew for other hosts, by the same CA', () => {
    expect(keeps([ca, certificate], { hosts: ['other.example.org'] })).toEqual(['ca.key']);
  });

  it('are signed again where the CA is another one', () => {
    expect(keeps([certificate])).toEqual([]);
    expect(keeps([endingIn(ca, 300), certificate])).toEqual([]);
  });
});
