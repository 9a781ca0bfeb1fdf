// Who may call whom, by the policies of all charts.
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { chart, componentOf, describeWith, objects, podsOf, set, type KubernetesObject } from './tools.ts';

interface Rule {
  ports: { port: number; protocol: string }[];
  from?: Peer[];
  to?: Peer[];
}
interface Peer {
  podSelector: { matchLabels: Record<string, string> };
  namespaceSelector?: object;
}

describeWith(['helm'], 'who may call whom', () => {
  /** `a>b:80` for each thing that the policies open, as one side sees it. */
  const opened = (all: KubernetesObject[], side: 'ingress' | 'egress') =>
    all
      .filter(({ kind, spec }) => kind === 'NetworkPolicy' && spec![side])
      .flatMap(({ metadata, spec }) =>
        (spec![side] as Rule[]).flatMap(({ ports, from, to }) =>
          ports.flatMap(({ port, protocol }) =>
            (from ?? to ?? ['anyone' as const]).map((peer) => {
              const other =
                peer === 'anyone'
                  ? peer
                  : peer.namespaceSelector
                    ? `elsewhere/${protocol}`
                    : peer.podSelector.matchLabels['app.kubernetes.io/component']!;
              const me = componentOf(metadata);
              return side === 'ingress' ? `${other}>${me}:${port}` : `${me}>${other}:${port}`;
            }),
          ),
        ),
      )
      .sort();

  const { global } = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as {
    global: { calls: Record<string, string[]> };
  };
  const declared = Object.entries(global.calls).flatMap(([from, called]) => called.map((to) => `${from}>${to}`));

  /** With all that can be switched on. */
  const complete = { args: set('global.monitoring.enabled=true', 'global.cache.placement=sidecar') };

  it('is what values.yaml says, on both sides, and DNS for who asks by name', () => {
    const all = objects(complete);
    expect(opened(all, 'ingress')).toEqual([...declared].sort());
    const outside = ['cache', 'dictionary', 'edge', 'prometheus', 'test'].flatMap((name) => [
      `${name}>elsewhere/TCP:53`,
      `${name}>elsewhere/UDP:53`,
    ]);
    expect(opened(all, 'egress')).toEqual(
      [...declared.filter((call) => !call.startsWith('anyone>')), ...outside].sort(),
    );
  });

  it('is about this release’s pods only, each of which a policy selects', () => {
    const policies = objects().filter(({ kind }) => kind === 'NetworkPolicy');
    const selectors = policies.map(({ spec }) => spec!['podSelector'] as { matchLabels: Record<string, string> });
    for (const { matchLabels } of selectors) expect(matchLabels['app.kubernetes.io/instance']).toBe('almanac');
    for (const { metadata } of podsOf(objects())) {
      const own = selectors.filter(({ matchLabels }) =>
        Object.entries(matchLabels).every(([name, value]) => metadata.labels[name] === value),
      );
      // Its own, and the one that denies.
      expect(own).toHaveLength(2);
    }
    expect(JSON.stringify(policies)).not.toMatch(/"instance":"(?!almanac")/);
  });

  it('opens ports only that a container has', () => {
    const ports = podsOf(objects(complete)).flatMap(({ metadata, pod }) =>
      [...pod.containers, ...(pod.initContainers ?? [])].flatMap((container) =>
        (container.ports ?? []).map((port) => `${componentOf(metadata)}:${port.containerPort}`),
      ),
    );
    for (const call of declared) expect(ports).toContain(call.split('>')[1]);
  });

  it('is closed to Prometheus where there is none, and opens to nobody else what it asks', () => {
    expect(opened(objects(), 'ingress').filter((call) => call.startsWith('prometheus>'))).toEqual([]);
    const metrics = opened(objects(complete), 'ingress').filter((call) => /:9\d\d\d$/.test(call));
    expect(metrics.map((call) => call.split('>')[0])).toEqual(metrics.map(() => 'prometheus'));
    expect(metrics.length).toBeGreaterThan(3);
  });

  it('is closed to caches beside replicas where there are none', () => {
    const beside = (all: KubernetesObject[]) =>
      [...opened(all, 'ingress'), ...opened(all, 'egress')].filter((call) => call.endsWith(':8081'));
    expect(beside(objects())).toEqual([]);
    expect(beside(objects(complete))).toEqual(['cache>dictionary:8081', 'cache>dictionary:8081']);
  });

  it('lets Prometheus to every component, at the port that its -metrics Service has', () => {
    const all = objects(complete);
    const services = all.filter(({ kind, metadata }) => kind === 'Service' && metadata.name.endsWith('-metrics'));
    const asked = services.map(({ metadata, spec }) => {
      expect(spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
      const [{ port }] = spec!['ports'] as [{ port: number }];
      return `${componentOf(metadata)}:${port}`;
    });
    expect([...asked, 'edge:8443'].sort()).toEqual([...global.calls['prometheus']!].sort());
    const components = podsOf(all).filter(({ kind }) => kind !== 'Job');
    expect([...asked.map((one) => one.split(':')[0]), 'prometheus'].sort()).toEqual(
      components.map(({ metadata }) => componentOf(metadata)).sort(),
    );
  });

  it('follows the values', () => {
    const all = objects({ args: set('global.calls.web[0]=dictionary:8080') });
    expect(opened(all, 'egress')).toContain('web>dictionary:8080');
    expect(opened(all, 'ingress')).toContain('web>dictionary:8080');
  });
});
