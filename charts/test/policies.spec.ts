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

  it('is what values.yaml says, on both sides, and DNS for who asks by name', () => {
    const all = objects();
    expect(opened(all, 'ingress')).toEqual([...declared].sort());
    const outside = ['cache', 'dictionary', 'edge', 'test'].flatMap((name) => [
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
    const ports = podsOf(objects()).flatMap(({ metadata, pod }) =>
      pod.containers.flatMap((container) =>
        (container.ports ?? []).map((port) => `${componentOf(metadata)}:${port.containerPort}`),
      ),
    );
    for (const call of declared) expect(ports).toContain(call.split('>')[1]);
  });

  it('follows the values', () => {
    const all = objects({ args: set('global.calls.web[0]=dictionary:8080') });
    expect(opened(all, 'egress')).toContain('web>dictionary:8080');
    expect(opened(all, 'ingress')).toContain('web>dictionary:8080');
  });
});
