// One release on a cluster, as an operator handles it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from '@almanac/testing';
import { isReady, kubectl, podsOf, root, type Pod } from '../kube.ts';

const run = promisify(execFile);

interface Workload {
  metadata: { generation: number };
  spec: { replicas: number };
  status: { observedGeneration?: number; replicas?: number; updatedReplicas?: number };
}
const isRolledOut = ({ metadata, spec: { replicas }, status }: Workload): boolean =>
  status.observedGeneration === metadata.generation &&
  (status.replicas ?? 0) === replicas &&
  (status.updatedReplicas ?? 0) === replicas;

export interface ReleaseOptions {
  namespace: string;
  name: string;
  /** The folder of the chart. */
  chart: string;
  /** Of our own images. */
  tag: string;
  values?: Record<string, string>;
  /** The program that handles it; another one where both of Helm's versions are wanted. */
  helm?: string;
}

/**
 * All that there is in a namespace, of whatever kind the cluster knows, but for what each namespace has. Events and figures are
 * about things that have been, too.
 */
export const contentsOf = async (namespace: string): Promise<string[]> => {
  const kinds = (await kubectl('api-resources', '--verbs=list', '--namespaced', '-o', 'name')).trim().split('\n');
  const things = kinds.filter((kind) => !/^events\b|\.metrics\.k8s\.io$/.test(kind)).join(',');
  const names = (await kubectl('-n', namespace, 'get', things, '-o', 'name')).split('\n').filter(Boolean);
  return names.filter((name) => !['configmap/kube-root-ca.crt', 'serviceaccount/default'].includes(name)).sort();
};

export class Release {
  readonly namespace: string;
  readonly name: string;
  readonly #chart: string;
  readonly #values: Record<string, string>;
  readonly #program: string;

  constructor({ namespace, name, chart, tag, values = {}, helm = 'helm' }: ReleaseOptions) {
    this.namespace = namespace;
    this.name = name;
    this.#chart = chart;
    this.#values = { 'global.images.tag': tag, ...values };
    this.#program = helm;
  }

  kubectl(...args: string[]): Promise<string> {
    return kubectl('-n', this.namespace, ...args);
  }

  async #helm(...args: string[]): Promise<string> {
    const { stdout } = await run(this.#program, ['-n', this.namespace, ...args], { cwd: root, maxBuffer: 1 << 26 });
    return stdout;
  }

  #arguments(more: Record<string, string>, chart = this.#chart): string[] {
    const values = { ...this.#values, ...more };
    return [this.name, chart, ...Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`])];
  }

  /** Answers in which time all was ready, in seconds. */
  async install(): Promise<number> {
    const beganMs = performance.now();
    await this.#helm('install', ...this.#arguments({}), '--wait', '--timeout', '5m');
    return (performance.now() - beganMs) / 1000;
  }

  /** With these values beside its own. Waits until all is ready unless told not to. */
  async upgrade(values: Record<string, string> = {}, { chart, wait = true }: { chart?: string; wait?: boolean } = {}) {
    const waiting = wait ? ['--wait', '--timeout', '5m'] : [];
    await this.#helm('upgrade', ...this.#arguments(values, chart), ...waiting);
    if (wait) await this.settled();
  }

  async rollback(): Promise<void> {
    await this.#helm('rollback', this.name, '--wait', '--timeout', '5m');
    await this.settled();
  }

  test(): Promise<string> {
    return this.#helm('test', this.name, '--timeout', '3m');
  }

  async uninstall(): Promise<void> {
    await this.#helm('uninstall', this.name, '--wait', '--timeout', '3m');
  }

  pods(component?: string): Promise<Pod[]> {
    return podsOf(this.namespace, this.name, component ? { component } : {});
  }

  /** Every object of the release that the cluster has, pods on their way out included. */
  async objects(): Promise<string[]> {
    const kinds =
      'all,configmap,secret,serviceaccount,networkpolicy,poddisruptionbudget,hpa,pvc,role,rolebinding,lease';
    const text = await this.kubectl('get', kinds, '-l', `app.kubernetes.io/instance=${this.name}`, '-o', 'name');
    return text.split('\n').filter(Boolean);
  }

  /**
   * Waits until every pod is ready and none is left of before. `helm upgrade --wait` is content with less: an old pod is still
   * there, and takes requests, until the new one has been ready for minReadySeconds.
   */
  async settled(): Promise<void> {
    const isSettled = async () => {
      const workloads = await this.#workloads();
      const all = await podsOf(this.namespace, this.name, { leaving: true });
      const servers = all.filter(({ metadata }) => metadata.labels['app.kubernetes.io/component'] !== 'test');
      return (
        servers.length > 0 &&
        workloads.every(isRolledOut) &&
        servers.every((pod) => !pod.metadata.deletionTimestamp && isReady(pod))
      );
    };
    await until(isSettled, `all pods of ${this.name} ready`, 180_000);
  }

  async #workloads(): Promise<Workload[]> {
    const selector = `app.kubernetes.io/instance=${this.name}`;
    const text = await this.kubectl('get', 'deployment,statefulset', '-l', selector, '-o', 'json');
    return (JSON.parse(text) as { items: Workload[] }).items;
  }

  /** Restarts every pod as an update would, tier by tier. */
  async rollingRestart(): Promise<void> {
    const text = await this.kubectl(
      'get',
      'deployment,statefulset',
      '-l',
      `app.kubernetes.io/instance=${this.name}`,
      '-o',
      'name',
    );
    for (const workload of text.split('\n').filter(Boolean)) {
      await this.kubectl('rollout', 'restart', workload);
      await this.kubectl('rollout', 'status', workload, '--timeout=180s');
    }
    await this.settled();
  }

  /** Asks for a pod's eviction as a drain does, until its budget allows it. Answers how often it was refused before. */
  async evict({ metadata: { name, uid } }: Pod): Promise<number> {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: this.namespace } };
    const path = `/api/v1/namespaces/${this.namespace}/pods/${name}/eviction`;
    let refused = 0;
    await until(
      async () => {
        const asking = run('kubectl', ['create', '--raw', path, '-f', '-']);
        asking.child.stdin!.end(JSON.stringify(eviction));
        return asking.then(
          () => true,
          () => void (refused += 1),
        );
      },
      `${name} evicted`,
      120_000,
    );
    await until(
      async () => {
        const left = await podsOf(this.namespace, this.name, { leaving: true });
        return !left.some(({ metadata }) => metadata.uid === uid);
      },
      `${name} gone`,
      60_000,
    );
    return refused;
  }

  events(): Promise<string> {
    return this.kubectl(
      'get',
      'events',
      '--sort-by=.lastTimestamp',
      '-o',
      'custom-columns=:.reason,:.involvedObject.name,:.message',
    );
  }
}
