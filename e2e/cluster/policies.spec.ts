// What reaches what, tried from every pod to every port: no more and no less than global.calls in the chart's values says.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { parse } from 'yaml';
import { makeNamespace } from '../cluster.ts';
import { kubectl, root } from '../kube.ts';
import { confinementOf, listening } from './probe.ts';
import * as reach from './reach.ts';
import { Release } from './release.ts';
import { report } from './report.ts';
import { startStranger } from './stranger.ts';

const { CLUSTER_TAG: tag = '0.1.0', CLUSTER_OUTSIDE: outside } = process.env;
const chart = join(root, 'charts/almanac');
const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as { global: { calls: reach.Calls } };
const { calls } = values.global;
const namespace = `almanac-policy-${randomBytes(3).toString('hex')}`;
const elsewhere = `${namespace}-2`;
const image = `almanac/web:${tag}`;

// Two of each, so that calls between pods of one kind are tried too.
const release = new Release({ namespace, name: 'policy', chart, tag, values: { 'web.replicas': '2' } });
const own: reach.Caller[] = [];
const strangers: reach.Caller[] = [];
const targets: reach.Target[] = [];

const labels = (instance: string, component: string) => ({
  'app.kubernetes.io/part-of': 'almanac',
  'app.kubernetes.io/instance': instance,
  'app.kubernetes.io/component': component,
});

beforeAll(async () => {
  await makeNamespace(namespace);
  // As it comes: pods with root, a token and all else may run there.
  await kubectl('create', 'namespace', elsewhere);
  await release.install();
  // Stands for the pod of `helm test`, which is there for moments only.
  await startStranger({ namespace, name: 'test', image, labels: labels(release.name, 'test') });
  own.push(...(await reach.callersOf(release)));
  targets.push(...(await reach.podTargets(release, own)), ...(await reach.serviceTargets(release)));
  targets.push(...(await reach.clusterTargets()));
  if (outside) targets.push({ name: 'outside', kind: 'outside', address: outside, isOfRelease: false });

  // Each is as like an edge of this release as it can be, which calls the caches.
  const sibling = { namespace, name: 'sibling', labels: labels('other', 'edge') };
  const foreign = { namespace: elsewhere, name: 'foreign', labels: labels(release.name, 'edge'), isRestricted: false };
  for (const stranger of [sibling, foreign]) {
    const { namespace, name } = stranger;
    const address = `${await startStranger({ ...stranger, image })}:8080`;
    strangers.push({ name, namespace, pod: name });
    const self = ({ pod }: reach.Caller) => pod === name;
    targets.push({ name: `${name}:8080`, kind: 'stranger', address, isOfRelease: false, self });
  }
}, 300_000);
afterAll(() => kubectl('delete', 'namespace', namespace, elsewhere, '--wait=false'));

const ofKind = (...kinds: string[]) => targets.filter(({ kind }) => kinds.includes(kind));
const servers = () => own.filter(({ component }) => component !== 'test');
const specOf = (pod: string, path: string) => release.kubectl('get', 'pod', pod, '-o', `jsonpath={.spec${path}}`);
const apiServer = ['API server', "API server's own address"];

/** Waits until the cluster's network has taken a change up. */
const becomes = (callers: reach.Caller[], open: string[]) =>
  until(
    async () => {
      expect(await reach.seen(callers, targets)).toEqual(open);
      return true;
    },
    'what is reached is what is expected',
    60_000,
  );

describe("a release's network policies", () => {
  it('are about all that its pods listen on, which is what they declare as ports', async () => {
    for (const { pod } of servers()) {
      const ports = (await specOf(pod, '.containers[*].ports[*].containerPort')).split(' ').map(Number);
      expect({ pod, ports: await listening(namespace, pod) }).toEqual({ pod, ports: ports.sort((a, b) => a - b) });
    }
  });

  it('let every pod reach what global.calls declares, and nothing else', async () => {
    const callers = [...own, ...strangers];
    const tried = reach.all(callers, targets).length;
    const open = reach.declared(callers, targets, calls);
    expect(await reach.seen(callers, targets)).toEqual(open);
    report(
      `- policies: of ${tried} ways between pods, Services and what is around, the declared ${open.length} are open`,
    );
  });

  it('keep the API server from every pod of the release, not from others', async () => {
    expect(await reach.seen(own, ofKind(...apiServer))).toEqual([]);
    expect(await reach.seen(strangers, ofKind(...apiServer))).toEqual(reach.all(strangers, ofKind(...apiServer)));
  });

  (outside ? it : it.skip)('let nothing out of the cluster (CLUSTER_OUTSIDE)', async () => {
    expect(await reach.seen(own, ofKind('outside'))).toEqual([]);
    expect(await reach.seen(strangers, ofKind('outside'))).toEqual(reach.all(strangers, ofKind('outside')));
  });

  it('let resolve names who calls by name, and nobody else', async () => {
    const may = own.filter(({ component }) => (calls[component!] ?? []).length > 0);
    expect(may.length).toBeLessThan(own.length);
    expect(await reach.seen(own, ofKind('DNS', 'a name'))).toEqual(reach.all(may, ofKind('DNS', 'a name')));
  });

  it('open a call that is added to global.calls, and only that', async () => {
    await release.upgrade({ 'global.calls.web[0]': 'dictionary:8080' });
    const callers = [...own, ...strangers];
    const open = reach.declared(callers, targets, { ...calls, web: ['dictionary:8080'] });
    expect(open.length).toBeGreaterThan(reach.declared(callers, targets, calls).length);
    await becomes(callers, open);
  });

  // Last, as it removes them.
  it('are what closes the rest: without them everything is reached', async () => {
    const before = (await release.pods()).map(({ metadata }) => metadata.uid);
    await release.upgrade({ 'global.networkPolicy.enabled': 'false' });
    expect((await release.pods()).map(({ metadata }) => metadata.uid)).toEqual(before);
    const callers = [...own, ...strangers];
    await becomes(callers, reach.all(callers, targets));
  });
});

describe('a pod of the release', () => {
  it('has a user of its own, no capability, no token, a filter of system calls and a read-only root', async () => {
    const users = new Map<string, number>();
    for (const { pod, component } of servers()) {
      const user = Number(await specOf(pod, '.securityContext.runAsUser'));
      users.set(component!, user);
      expect({ pod, ...(await confinementOf(namespace, pod)) }).toEqual({
        pod,
        uids: [user],
        capabilities: 0n,
        seccomp: 2,
        noNewPrivileges: true,
        hasToken: false,
        isRootReadOnly: true,
      });
    }
    expect(new Set(users.values()).size).toBe(users.size);
    expect([...users.values()]).not.toContain(0);
  });

  it('would have more without being told: a pod that nobody has thought about', async () => {
    const { capabilities, ...rest } = await confinementOf(elsewhere, 'foreign');
    expect(capabilities).not.toBe(0n);
    expect(rest).toMatchObject({ noNewPrivileges: false, hasToken: true, isRootReadOnly: false });
  });
});
