// What holds for all pods together, which no chart can see of itself.
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart, componentOf, describeWith, objects, podsOf, set, variants, type Container, type Pod } from './tools.ts';

const containersOf = ({ initContainers = [], containers }: Pod) => [...initContainers, ...containers];
const mebibytes = (container: Container) => Number(/^(\d+)Mi$/.exec(container.resources.limits['memory']!)![1]);
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

describeWith(['helm'], 'every pod', () => {
  it.each(Object.entries(variants))('is restricted: %s', (_, variant) => {
    for (const { kind, pod } of podsOf(objects(variant))) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of containersOf(pod)) {
        expect(container).toMatchObject({
          command: expect.any(Array),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: {
            requests: { cpu: expect.any(String), memory: expect.any(String), 'ephemeral-storage': expect.any(String) },
            limits: { memory: expect.any(String), 'ephemeral-storage': expect.any(String) },
          },
        });
        expect(container.image).toMatch(/^[a-z/-]+:v?\d[\d.]*$/);
      }
      for (const volume of pod.volumes) {
        expect(Object.keys(volume).filter((key) => !['name', 'emptyDir', 'configMap', 'secret'].includes(key))).toEqual(
          [],
        );
        // What Prometheus remembers is too much for memory.
        if (volume.name === 'state') expect(volume).toMatchObject({ emptyDir: { sizeLimit: '1Gi' } });
        else if ('emptyDir' in volume)
          expect(volume.emptyDir).toEqual({ medium: 'Memory', sizeLimit: expect.any(String) });
      }
      expect(kind).toMatch(/^(Deployment|StatefulSet|Job)$/);
    }
  });

  it('has a user and a service account that no other component has', () => {
    const all = objects();
    const users = podsOf(all).map(({ pod }) => pod.securityContext.runAsUser);
    const accounts = podsOf(all).map(({ pod }) => pod['serviceAccountName']);
    expect(new Set(users).size).toBe(users.length);
    expect(Math.min(...users)).toBeGreaterThan(10_000);
    expect(new Set(accounts).size).toBe(accounts.length);
    const made = all.filter(({ kind }) => kind === 'ServiceAccount');
    expect(made.map(({ metadata }) => metadata.name).sort()).toEqual([...accounts].sort());
    for (const account of made) expect(account).toMatchObject({ automountServiceAccountToken: false });
  });

  it('sees no Secret but its own certificate and what load tests show, a dictionary web’s CA, and nobody a CA’s key', () => {
    const seen = podsOf(objects()).flatMap(({ metadata, pod }) =>
      pod.volumes.flatMap(({ secret }) =>
        secret ? [[componentOf(metadata), secret.secretName, ...secret.items.map(({ key }) => key)]] : [],
      ),
    );
    expect(seen).toEqual([
      ['dictionary', 'almanac-web-certificate', 'ca.crt'],
      ['edge', 'almanac-edge-certificate', 'tls.crt', 'tls.key'],
      ['edge', 'almanac-edge-load', 'secret'],
      ['web', 'almanac-web-certificate', 'tls.crt', 'tls.key'],
    ]);
  });

  it('fits, all together, into 1.75 GiB', () => {
    const limits = podsOf(objects()).map(({ replicas, pod }) => {
      const starting = Math.max(0, ...(pod.initContainers ?? []).map(mebibytes));
      return replicas * Math.max(starting, sum(pod.containers.map(mebibytes)));
    });
    expect(sum(limits)).toBeGreaterThan(500);
    expect(sum(limits)).toBeLessThanOrEqual(1792);
  });

  it('is rendered for within what it may have itself', () => {
    for (const { pod } of podsOf(objects())) {
      const least = Math.min(...pod.containers.map(mebibytes));
      for (const starting of pod.initContainers ?? []) expect(mebibytes(starting)).toBeLessThanOrEqual(least);
    }
  });

  it('can be limited in all that a quota may ask for, and labelled', () => {
    const named = ['edge', 'cache', 'dictionary', 'recent', 'web', 'global.init', 'global.test'];
    const args = set(...named.map((name) => `${name}.resources.limits.cpu=1`), 'global.pods.labels.team=words');
    for (const { metadata, pod } of podsOf(objects({ args }))) {
      expect(metadata.labels['team']).toBe('words');
      for (const container of containersOf(pod)) expect(container.resources.limits).toMatchObject({ cpu: 1 });
    }
  });

  it('is there as often as in the book’s figure, with values-full.yaml', () => {
    const counts = podsOf(objects(variants['full'])).map(({ metadata, replicas }) => [componentOf(metadata), replicas]);
    expect(Object.fromEntries(counts)).toMatchObject({ cache: 2, recent: 3 });
    const least = objects(variants['full'])
      .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
      .map(({ metadata, spec }) => [componentOf(metadata), spec!['minReplicas']]);
    expect(Object.fromEntries(least)).toEqual({ edge: 4, dictionary: 3 });
  });
});

describeWith(['helm'], 'a pod that ends', () => {
  const envOf = (container: Container, name: string) => Number(container.env.find((one) => one.name === name)?.value);

  it.each(['default', 'full', 'load balancer', 'gateway'])(
    'is left out before it stops answering, and stops before it is killed: %s',
    (name) => {
      for (const { kind, metadata, pod } of podsOf(objects(variants[name]))) {
        if (kind === 'Job') continue;
        const main = pod.containers[0]!;
        const { preStop } = main.lifecycle ?? {};
        const readiness = main.readinessProbe;
        const windowS = readiness.periodSeconds * readiness.failureThreshold;
        // Either the process drains itself on SIGTERM, or a hook holds SIGTERM back.
        const slept = /sleep (\d+)$/.exec(preStop?.exec?.command.join(' ') ?? '')?.[1] ?? preStop?.sleep?.seconds;
        const drainS = preStop ? Number(slept) : envOf(main, 'DRAIN_MS') / 1000;
        const endS = preStop
          ? drainS + (componentOf(metadata) === 'edge' ? workerShutdownS() : 0)
          : envOf(main, 'SHUTDOWN_MS') / 1000;
        expect({ name: componentOf(metadata), drainS }).toEqual({
          name: componentOf(metadata),
          drainS: expect.any(Number),
        });
        expect(drainS).toBeGreaterThanOrEqual(windowS);
        expect(endS).toBeGreaterThanOrEqual(drainS);
        expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(endS);
      }
    },
  );

  it('is not restarted for what only makes it not ready', () => {
    for (const { kind, pod } of podsOf(objects())) {
      if (kind === 'Job') continue;
      const [ready, live] = [pod.containers[0]!.readinessProbe, pod.containers[0]!.livenessProbe];
      const patience = (probe: typeof ready) => probe.periodSeconds * probe.failureThreshold;
      expect(patience(live)).toBeGreaterThanOrEqual(5 * patience(ready));
      expect(live.timeoutSeconds).toBeGreaterThan(ready.timeoutSeconds);
    }
  });

  it('keeps idle connections for no longer than nginx takes to end', () => {
    const edge = podsOf(objects()).find(({ metadata }) => componentOf(metadata) === 'edge')!.pod.containers[0]!;
    const keptS = Number(/^(\d+)s$/.exec(edge.env.find(({ name }) => name === 'KEEPALIVE_MIN')!.value!)![1]);
    expect(keptS).toBeLessThan(workerShutdownS());
  });
});

const workerShutdownS = () => {
  const nginx = readFileSync(join(chart, 'charts/edge/files/nginx.conf'), 'utf8');
  return Number(/^worker_shutdown_timeout (\d+)s;$/m.exec(nginx)![1]);
};
