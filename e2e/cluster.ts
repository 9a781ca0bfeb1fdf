import { randomBytes } from 'node:crypto';
import { until } from '@almanac/testing';
import type { Replica, ReplicaState } from '@almanac/experiments';
import type { System } from './driver.ts';
import { expose, freePort, helm, isReady, kubectl, podsOf, unexposeAll, watchPod, type Pod } from './kube.ts';

/** The settings of an instance that stands beside any other: a namespace with a release of its own. */
export const clusterInstance = () => {
  const name = `almanac-e2e-${randomBytes(3).toString('hex')}`;
  return { CLUSTER_NAMESPACE: name, CLUSTER_RELEASE: 'e2e' };
};

/** What is scaled to take a replica away: its kind, the replicas that there are of it, and whether that takes the one meant. */
const workloads = {
  dictionary: { kind: 'deployment', replicas: ['dictionary-1', 'dictionary-2', 'dictionary-3'], canHold: true },
  web: { kind: 'deployment', replicas: ['web'], canHold: true },
  // The last one of a StatefulSet goes first, and there are several edges.
  recent: { kind: 'statefulset', replicas: ['recent-1', 'recent-2', 'recent-3'], canHold: false },
  cache: { kind: 'statefulset', replicas: ['cache-1', 'cache-2'], canHold: false },
  edge: { kind: 'deployment', replicas: ['edge'], canHold: false },
} as const;
type Component = keyof typeof workloads;
const components = Object.keys(workloads) as Component[];
const componentOf = (replica: Replica) => replica.replace(/-\d+$/, '') as Component;

/** Makes the namespace that CLUSTER_NAMESPACE names, in which only restricted pods may run. */
export const makeNamespace = async (namespace: string): Promise<void> => {
  await kubectl('create', 'namespace', namespace);
  await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
};

/**
 * The release that CLUSTER_RELEASE and CLUSTER_NAMESPACE name, on the cluster of KUBECONFIG. Pods come and go, so replicas are
 * called by what they stand for: a new pod takes the place, and the name, of one that has gone. A signal is a fault here
 * (FAULTS=on): from outside a pod nothing else reaches its process.
 */
export const clusterSystem = (): System => {
  const { CLUSTER_NAMESPACE: namespace = '', CLUSTER_RELEASE: release = '' } = process.env;
  const ports = { https: Number(process.env['CLUSTER_HTTPS']), http: Number(process.env['CLUSTER_HTTP']) };
  const inNamespace = (...args: string[]) => kubectl('-n', namespace, ...args);
  const nameOf = (component: Component) => `${release}-${component}`;

  /** Which replica each pod is or was. */
  const aliases = new Map<string, Replica>();
  const held = new Set<Replica>();

  /** The pods that there are, by replica; of the edges, which are all alike to a visitor, one that is not ready. */
  const pods = async (): Promise<Map<Replica, Pod>> => {
    const all = await podsOf(namespace, release);
    const byReplica = new Map<Replica, Pod>();
    for (const component of components) {
      const own = all.filter(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === component);
      const places: readonly Replica[] = workloads[component].replicas;
      const ordinals = workloads[component].kind === 'statefulset';
      for (const pod of own.filter(({ metadata }) => aliases.has(metadata.name) || ordinals || places.length === 1)) {
        const ordinal = Number(/\d+$/.exec(pod.metadata.name)?.[0]);
        const replica = ordinals
          ? places[ordinal]!
          : places.length === 1
            ? places[0]!
            : aliases.get(pod.metadata.name)!;
        aliases.set(pod.metadata.name, replica);
        const other = byReplica.get(replica);
        if (!other || !isReady(pod)) byReplica.set(replica, pod);
      }
      const free = places.filter((place) => !byReplica.has(place) && !held.has(place));
      for (const pod of own.filter(({ metadata }) => !aliases.has(metadata.name))) {
        const replica = free.shift();
        if (!replica) break;
        aliases.set(pod.metadata.name, replica);
        byReplica.set(replica, pod);
      }
    }
    return byReplica;
  };
  const podOf = async (replica: Replica): Promise<Pod> =>
    (await pods()).get(replica) ?? Promise.reject(new Error(`there is no pod of ${replica}`));
  const states = async (): Promise<Record<Replica, ReplicaState>> => {
    const now = await pods();
    const all = Object.values(workloads).flatMap(({ replicas }): readonly Replica[] => replicas);
    return Object.fromEntries(
      all.map((replica) => {
        const pod = now.get(replica);
        const [container] = pod?.status.containerStatuses ?? [];
        const instance = container?.state.running && container.containerID;
        return [replica, { instance, ready: Boolean(pod && isReady(pod)), restarts: container?.restartCount ?? 0 }];
      }),
    );
  };
  const ready = async (...replicas: Replica[]): Promise<void> => {
    const areReady = async () => {
      const now = await states();
      return replicas.every((replica) => now[replica]?.ready);
    };
    await until(areReady, `${replicas.join(', ')} ready`, 180_000);
  };
  const scale = async (component: Component): Promise<void> => {
    const { kind, replicas } = workloads[component];
    const count = replicas.filter((replica) => !held.has(replica)).length;
    await inNamespace('scale', kind, nameOf(component), `--replicas=${count}`);
  };

  const inject = async (replica: Replica, fault: object): Promise<void> => {
    const ask = `fetch('http://127.0.0.1:9090/faults', { method: 'POST', body: '${JSON.stringify(fault)}' })`;
    const { metadata } = await podOf(replica);
    await inNamespace('exec', metadata.name, '--', 'node', '-e', `${ask}.then(({ ok }) => process.exit(ok ? 0 : 1))`);
  };

  return {
    url: `https://localhost:${ports.https}`,
    plainUrl: `http://localhost:${ports.http}`,
    ca: process.env['CLUSTER_CA'] ?? '',
    loadSecret: process.env['CLUSTER_LOAD_SECRET'] ?? '',
    start: async () => {
      const [https, http] = [await freePort(), await freePort()];
      await makeNamespace(namespace);
      const tag = process.env['CLUSTER_TAG'] ?? '';
      const values = [
        `global.images.tag=${tag}`,
        'dictionary.replicas=3',
        'global.replicas.recent=3',
        'global.faults=true',
        `edge.publicHttpsPort=${https}`,
      ];
      const sets = values.flatMap((value) => ['--set', value]);
      await helm('install', release, 'charts/almanac', '-n', namespace, ...sets, '--wait', '--timeout', '5m');
      await expose(namespace, nameOf('edge'), 443, https);
      await expose(namespace, nameOf('edge'), 80, http);
      const ca = await inNamespace('get', 'configmap', `${nameOf('edge')}-ca`, '-o', 'jsonpath={.data.ca\\.crt}');
      const inBase64 = await inNamespace('get', 'secret', `${nameOf('edge')}-load`, '-o', 'jsonpath={.data.secret}');
      Object.assign(process.env, { CLUSTER_HTTPS: String(https), CLUSTER_HTTP: String(http), CLUSTER_CA: ca });
      process.env['CLUSTER_LOAD_SECRET'] = Buffer.from(inBase64, 'base64').toString();
    },
    stop: async () => {
      unexposeAll();
      await helm('uninstall', release, '-n', namespace, '--wait').finally(() =>
        kubectl('delete', 'namespace', namespace, '--wait=false'),
      );
    },
    signal: (replica, signal) => inject(replica, signal === 'SIGSTOP' ? { freezeMs: 60_000 } : { crash: true }),
    freeze: (replica, freezeMs) => inject(replica, { freezeMs }),
    inject,
    // The authority's key is not kept, so its certificate lasts as long as the authority: another one is another release.
    rotateCertificate: () => Promise.reject(new Error('here the certificate is the release’s')),
    restart: async (replica) => {
      const { metadata } = await podOf(replica);
      // Its exit code is there to be seen for a moment, before the pod has gone.
      const seen = watchPod(namespace, metadata.name, '{.status.containerStatuses[0].state.terminated.exitCode}');
      await inNamespace('delete', 'pod', metadata.name, '--timeout=60s');
      const exitCode = Number((await seen.end()).trim().split(/\s+/).at(-1) || NaN);
      await ready(replica);
      return exitCode < 128 ? exitCode : undefined;
    },
    hold: async (...replicas) => {
      const gone = [];
      for (const replica of replicas) {
        if (!workloads[componentOf(replica)].canHold) throw new Error(`${replica} cannot be held down by itself`);
        const { metadata } = await podOf(replica);
        gone.push(`pod/${metadata.name}`);
        await inNamespace(
          'annotate',
          'pod',
          metadata.name,
          '--overwrite',
          'controller.kubernetes.io/pod-deletion-cost=-1',
        );
        held.add(replica);
      }
      for (const component of new Set(replicas.map(componentOf))) await scale(component);
      await inNamespace('wait', '--for=delete', '--timeout=60s', ...gone);
    },
    release: async (...replicas) => {
      for (const replica of replicas) held.delete(replica);
      for (const component of new Set(replicas.map(componentOf))) await scale(component);
    },
    ready,
    states,
    replicaOf: (name) => aliases.get(name) ?? name,
    logs: async (replica) => inNamespace('logs', (await podOf(replica)).metadata.name),
  };
};
