// kube-score's findings, each either none or an exception with its reason.
import { expect, it } from '@jest/globals';
import { ask, describeWith, render, variants } from './tools.ts';

interface Exception {
  check: string;
  /** name/kind of each object, and nothing else. */
  objects: string[];
  reason: string;
}

const workloads = [
  'almanac-prometheus/StatefulSet',
  'almanac-cache/StatefulSet',
  'almanac-dictionary/Deployment',
  'almanac-edge/Deployment',
  'almanac-recent/StatefulSet',
  'almanac-web/Deployment',
];

const exceptions: Exception[] = [
  {
    check: 'container-resources',
    objects: [...workloads, 'almanac-test/Job'],
    reason:
      'No CPU limits: throttling makes late answers out of a short burst, requests share out what is there. All other limits are asked for below.',
  },
  {
    check: 'container-image-pull-policy',
    objects: [...workloads, 'almanac-test/Job'],
    reason:
      'Tags are versions, which do not change: a node that has the image need not reach the registry to start a pod.',
  },
  {
    check: 'service-targets-pod',
    objects: ['cache-0', 'cache-1', 'recent-0', 'recent-1', 'recent-2'].map((name) => `almanac-${name}/Service`),
    reason: 'They select by statefulset.kubernetes.io/pod-name, which the cluster adds and kube-score does not know.',
  },
  {
    check: 'deployment-has-host-podantiaffinity',
    objects: ['almanac-dictionary/Deployment', 'almanac-edge/Deployment', 'almanac-web/Deployment'],
    reason: 'topologySpreadConstraints over nodes and zones do this, and leave a cluster of one node usable.',
  },
  {
    check: 'statefulset-has-host-podantiaffinity',
    objects: ['almanac-cache/StatefulSet', 'almanac-recent/StatefulSet'],
    reason: 'As for the Deployments.',
  },
  {
    check: 'deployment-replicas',
    objects: ['almanac-web/Deployment'],
    reason: 'Small by default: caches answer for it while it is replaced. values-full.yaml has two.',
  },
];

interface Score {
  object_meta: { name: string };
  type_meta: { kind: string };
  checks: {
    check: { id: string };
    grade: number;
    skipped: boolean;
    comments: { path: string; summary: string }[] | null;
  }[];
}

/** Below 10 is a warning or worse. Optional checks that hold are asked for too. */
const findingsOf = (rendered: string) => {
  const optional = ['container-seccomp-profile', 'container-ports-check'].flatMap((id) => [
    '--enable-optional-test',
    id,
  ]);
  const { output } = ask('kube-score', ['score', '-', '-o', 'json', ...optional], rendered);
  return (JSON.parse(output) as Score[]).flatMap(({ object_meta, type_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < 10)
      .flatMap(({ check, comments }) =>
        (comments ?? []).map(({ summary }) => ({
          check: check.id,
          object: `${object_meta.name}/${type_meta.kind}`,
          summary,
        })),
      ),
  );
};
const unlisted = (rendered: string) =>
  findingsOf(rendered).filter(
    (found) => !exceptions.some(({ check, objects }) => found.check === check && objects.includes(found.object)),
  );

describeWith(['helm', 'kube-score'], 'kube-score', () => {
  it.each(['default', 'full', 'load balancer', 'gateway'])('finds nothing but what is excepted: %s', (name) => {
    expect(unlisted(render(variants[name]))).toEqual([]);
  });

  it('finds everything that is excepted', () => {
    const found = [...findingsOf(render()), ...findingsOf(render(variants['full']))];
    for (const { check, objects } of exceptions) {
      const where = found.filter((one) => one.check === check).map(({ object }) => object);
      expect({ check, objects: [...new Set(where)].sort() }).toEqual({ check, objects: [...objects].sort() });
    }
  });

  it('finds no more of containers’ resources than the CPU limits', () => {
    const summaries = findingsOf(render()).filter(({ check }) => check === 'container-resources');
    expect([...new Set(summaries.map(({ summary }) => summary))]).toEqual(['CPU limit is not set']);
  });

  it('would find a root that can be written to, an image without a version, and a policy too few', () => {
    const rendered = render();
    expect(
      unlisted(rendered.replaceAll('readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false')),
    ).toContainEqual(expect.objectContaining({ check: 'container-security-context-readonlyrootfilesystem' }));
    expect(unlisted(rendered.replaceAll('nginx:1.30', 'nginx'))).toContainEqual(
      expect.objectContaining({ check: 'container-image-tag', object: 'almanac-edge/Deployment' }),
    );
    expect(unlisted(render(variants['without policies']))).toContainEqual(
      expect.objectContaining({ check: 'pod-networkpolicy' }),
    );
  });
});
