// Who reaches what, as it is seen from inside the pods and as a chart's global.calls declares it.
import { kubectl } from '../kube.ts';
import { listening, reached } from './probe.ts';
import type { Release } from './release.ts';

export interface Caller {
  name: string;
  namespace: string;
  pod: string;
  /** As global.calls names it; undefined of a pod that does not belong to the release. */
  component?: string;
}

export interface Target {
  name: string;
  /** As global.calls names it, `web:8080`; of what is not the release's, any other name. */
  kind: string;
  /** `host:port`, or a name to resolve. */
  address: string;
  isOfRelease: boolean;
  /** Callers to whom it may be they themselves, which no policy forbids. */
  self?: (caller: Caller) => boolean;
}

/** component: what it calls, as component:port. */
export type Calls = Record<string, string[]>;

interface Listed<Spec> {
  items: { metadata: { name: string; labels: Record<string, string> }; spec: Spec }[];
}
const componentLabel = 'app.kubernetes.io/component';

/** A release's pods as callers, each with a number of its own: `edge 1`. */
export const callersOf = async (release: Release): Promise<Caller[]> => {
  const counts: Record<string, number> = {};
  return (await release.pods()).map(({ metadata: { name: pod, labels } }) => {
    const component = labels[componentLabel]!;
    counts[component] = (counts[component] ?? 0) + 1;
    return { name: `${component} ${counts[component]}`, namespace: release.namespace, pod, component };
  });
};

/** Everything that listens in a release's pods, by the pods' addresses. */
export const podTargets = async (release: Release, callers: Caller[]): Promise<Target[]> => {
  const pods = await release.pods();
  const targets = callers.map(async ({ name, namespace, pod, component }) => {
    const address = pods.find(({ metadata }) => metadata.name === pod)!.status.podIP;
    return (await listening(namespace, pod)).map((port) => ({
      name: `${name}:${port}`,
      kind: `${component}:${port}`,
      address: `${address}:${port}`,
      isOfRelease: true,
      self: (caller: Caller) => caller.pod === pod,
    }));
  });
  return (await Promise.all(targets)).flat();
};

/** A release's Services, by their names. */
export const serviceTargets = async (release: Release): Promise<Target[]> => {
  const list = async <Spec>(kind: string) => {
    const selector = `app.kubernetes.io/instance=${release.name},app.kubernetes.io/managed-by=Helm`;
    return (JSON.parse(await release.kubectl('get', kind, '-l', selector, '-o', 'json')) as Listed<Spec>).items;
  };
  type Workload = { template: { spec: { containers: { ports: { name: string; containerPort: number }[] }[] } } };
  const workloads = await list<Workload>('deployment,statefulset');
  const services = await list<{ ports: { port: number; targetPort: string }[] }>('service');
  return services.flatMap(({ metadata: { name, labels }, spec: { ports } }) => {
    const component = labels[componentLabel]!;
    const workload = workloads.find(({ metadata }) => metadata.labels[componentLabel] === component)!;
    const named = workload.spec.template.spec.containers.flatMap((container) => container.ports);
    return ports.map(({ port, targetPort }) => ({
      name: `service ${name}:${port}`,
      kind: `${component}:${named.find((one) => one.name === targetPort)!.containerPort}`,
      address: `${name}.${release.namespace}:${port}`,
      isOfRelease: true,
      self: (caller: Caller) => caller.component === component,
    }));
  });
};

/** What every cluster has beside pods of users. */
export const clusterTargets = async (): Promise<Target[]> => {
  const get = (kind: string, namespace: string, name: string, path: string) =>
    kubectl('-n', namespace, 'get', kind, name, '-o', `jsonpath={${path}}`);
  const api = await get('service', 'default', 'kubernetes', '.spec.clusterIP');
  const own = await get('endpointslice', 'default', 'kubernetes', '.endpoints[0].addresses[0]}:{.ports[0].port');
  const dns = await get('service', 'kube-system', 'kube-dns', '.spec.clusterIP');
  const addresses = {
    'API server': `${api}:443`,
    "API server's own address": own,
    DNS: `${dns}:53`,
    'a name': 'kubernetes.default',
  };
  return Object.entries(addresses).map(([kind, address]) => ({ name: kind, kind, address, isOfRelease: false }));
};

/** `caller → target` for each two that are not the same, sorted, where a rule holds. */
const edges = (callers: Caller[], targets: Target[], holds: (caller: Caller, target: Target) => boolean): string[] =>
  callers
    .flatMap((caller) =>
      targets
        .filter((target) => !target.self?.(caller) && holds(caller, target))
        .map(({ name }) => `${caller.name} → ${name}`),
    )
    .sort();

export const all = (callers: Caller[], targets: Target[]): string[] => edges(callers, targets, () => true);

/** What is seen, tried from all pods. */
export const seen = async (callers: Caller[], targets: Target[]): Promise<string[]> => {
  const open = new Map<Caller, Set<string>>();
  const trying = callers.map(async (caller) => {
    const others = targets.filter(({ self }) => !self?.(caller)).map(({ address }) => address);
    open.set(caller, await reached(caller.namespace, caller.pod, others));
  });
  await Promise.all(trying);
  return edges(callers, targets, (caller, { address }) => open.get(caller)!.has(address));
};

/** What is declared. Who calls anything may resolve names; what others do is not a release's to say. */
export const declared = (callers: Caller[], targets: Target[], calls: Calls): string[] =>
  edges(callers, targets, ({ component }, { kind, isOfRelease }) => {
    if (component === undefined) return !isOfRelease || Boolean(calls['anyone']?.includes(kind));
    const own = calls[component] ?? [];
    return own.includes(kind) || (own.length > 0 && ['DNS', 'a name'].includes(kind));
  });
