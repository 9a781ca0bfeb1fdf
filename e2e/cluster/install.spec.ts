// What whoever installs the chart may do, and get wrong.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { makeNamespace } from '../cluster.ts';
import { kubectl, root } from '../kube.ts';
import { loadFromPod } from './load-pod.ts';
import { contentsOf, Release } from './release.ts';
import { report } from './report.ts';

const { CLUSTER_TAG: tag = '0.1.0' } = process.env;
const chart = join(root, 'charts/almanac');
const namespace = `almanac-install-${randomBytes(3).toString('hex')}`;
const small = { 'edge.replicas': '1', 'dictionary.replicas': '1' };
const releaseOf = (name: string, values: Record<string, string> = small, helm = 'helm') =>
  new Release({ namespace, name, chart, tag, values, helm });

beforeAll(() => makeNamespace(namespace));
afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

const leavesNothing = async () => {
  await until(async () => (await contentsOf(namespace)).length === 0, 'nothing is left', 60_000).catch(() => undefined);
  expect(await contentsOf(namespace)).toEqual([]);
};

describe('an install with wrong values', () => {
  it.each([
    ['a name that does not exist', { 'dictionary.replica': '3' }, /dictionary[^]*replica/],
    ['a chart that does not exist', { 'dictionnary.replicas': '3' }, /dictionnary/],
    ['a type that it cannot be', { 'edge.replicas': 'many' }, /edge[^]*replicas/],
    ['a number out of range', { 'global.replicas.cache': '0' }, /cache/],
    [
      'a Secret that is not there',
      { 'edge.certificate.mode': 'existing', 'edge.certificate.existingSecret': 'none' },
      /edge\.certificate\.existingSecret: there is no Secret none/,
    ],
    ['a Secret without a name', { 'edge.certificate.mode': 'existing' }, /edge\.certificate\.existingSecret/],
    ['an issuer without a name', { 'edge.certificate.mode': 'cert-manager' }, /edge\.certificate\.issuerRef\.name/],
    ['a Gateway without a name', { 'edge.gateway.enabled': 'true' }, /edge\.gateway\.parentRefs/],
    ["an edge's value that is not the edge's", { 'service.type': 'LoadBalancer' }, /'\/service'[^]*type/],
    ['a call to what does not exist', { 'global.calls.cache[0]': 'dictionnary:8080' }, /no component dictionnary/],
    ['what is left out though others call it', { 'web.enabled': 'false' }, /web\.enabled: false, but cache calls it/],
    ['a network that there cannot be', { 'edge.trustedProxies[0]': '999.1.1.1/99' }, /trustedProxies\/0/],
    ['a request beyond the limit', { 'web.resources.requests.memory': '1Gi' }, /web\.resources: requests\.memory/],
    ['a drain that is too short', { 'web.drainSeconds': '2' }, /web\.drainSeconds/],
    ['a variable that the chart sets', { 'dictionary.env.WORDS_URL': 'http://x' }, /dictionary\.env\.WORDS_URL/],
  ])('names %s, before anything is made', async (_what, values, name) => {
    const before = await contentsOf(namespace);
    await expect(releaseOf('wrong', { ...small, ...values }).install()).rejects.toThrow(name);
    expect(await contentsOf(namespace)).toEqual(before);
    expect(before).toEqual([]);
  });
});

describe('two releases in one namespace', () => {
  const short = releaseOf('one');
  // The longest name that Helm takes.
  const long = releaseOf('two-'.padEnd(53, 'x'));
  // The test's is gone a moment after its Job.
  const podNames = async (release: Release) =>
    (await release.pods())
      .filter(({ metadata: { labels } }) => labels['app.kubernetes.io/component'] !== 'test')
      .map(({ metadata: { name } }) => name)
      .sort();

  it('are both ready and both answer', async () => {
    expect(long.name).toHaveLength(53);
    await Promise.all([short.install(), long.install()]);
    const made = ['secret/sh.helm.release.v1.one.v1', 'service/one-edge', 'statefulset.apps/one-cache'];
    expect(await contentsOf(namespace)).toEqual(expect.arrayContaining(made));
    expect(await short.test()).toMatch(/Phase:\s+Succeeded/);
    expect(await long.test()).toMatch(/Phase:\s+Succeeded/);
  });

  it.each([short, long])('have Services that lead to pods of their own only: $name', async (release) => {
    const slices = await release.kubectl(
      'get',
      'endpointslice',
      '-l',
      `app.kubernetes.io/instance=${release.name}`,
      '-o',
      'jsonpath={range .items[*].endpoints[*]}{.targetRef.name}{"\\n"}{end}',
    );
    const leadTo = [...new Set(slices.trim().split('\n'))].sort();
    expect(leadTo).toEqual(await podNames(release));
  });

  it('do not need each other: one goes on while the other is uninstalled and installed again', async () => {
    const visitors = await loadFromPod({ namespace, release: short.name, image: `almanac/web:${tag}` });
    const before = await podNames(short);
    await long.uninstall();
    await until(async () => (await long.objects()).length === 0, `nothing is left of ${long.name}`, 60_000);
    expect(await long.objects()).toEqual([]);
    await long.install();
    expect(await long.test()).toMatch(/Phase:\s+Succeeded/);
    await visitors.answered(100);
    const { answers, failed, failures } = await visitors.stop();
    expect(failures).toEqual([]);
    expect(await podNames(short)).toEqual(before);
    report(`- another release uninstalled and installed again beside it: ${failed} of ${answers} requests failed`);
  });

  it('leave nothing when they are uninstalled', async () => {
    await Promise.all([short.uninstall(), long.uninstall()]);
    await leavesNothing();
  });
});

describe('Helm 4', () => {
  const hasHelm4 = spawnSync('helm4', ['version']).status === 0;
  (hasHelm4 ? it : it.skip)('installs, tests, upgrades and uninstalls it, too (helm4 on the PATH)', async () => {
    const release = releaseOf('four', small, 'helm4');
    report(`- from install to ready by Helm 4: ${(await release.install()).toFixed(1)} s`);
    expect(await release.test()).toMatch(/Phase:\s+Succeeded/);
    await release.upgrade({ 'dictionary.replicas': '2' });
    expect(await release.pods('dictionary')).toHaveLength(2);
    await release.uninstall();
    await leavesNothing();
  });
});
