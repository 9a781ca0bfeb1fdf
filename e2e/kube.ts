// kubectl and helm as a user types them, for whatever cluster KUBECONFIG points to.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { until } from '@almanac/testing';

export const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
// Longer than any --timeout of theirs.
const options = { cwd: root, maxBuffer: 1 << 26, timeout: 600_000 };

export const kubectl = async (...args: string[]): Promise<string> => (await run('kubectl', args, options)).stdout;
export const helm = async (...args: string[]): Promise<string> => (await run('helm', args, options)).stdout;

export interface Pod {
  metadata: {
    name: string;
    uid: string;
    creationTimestamp: string;
    deletionTimestamp?: string;
    labels: Record<string, string>;
  };
  spec: { containers: { image: string }[] };
  status: {
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: {
      containerID?: string;
      restartCount: number;
      state: { running?: object; waiting?: { reason: string }; terminated?: { exitCode: number } };
      lastState: { terminated?: { exitCode: number; reason: string } };
    }[];
  };
}

/** The pods of a release, without those that are on their way out unless these are wanted too. */
export const podsOf = async (
  namespace: string,
  release: string,
  { component, leaving = false }: { component?: string; leaving?: boolean } = {},
): Promise<Pod[]> => {
  const labels = [`app.kubernetes.io/instance=${release}`];
  if (component) labels.push(`app.kubernetes.io/component=${component}`);
  const text = await kubectl('-n', namespace, 'get', 'pods', '-l', labels.join(','), '-o', 'json');
  const { items } = JSON.parse(text) as { items: Pod[] };
  return items
    .filter(({ metadata }) => leaving || !metadata.deletionTimestamp)
    .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
};

export const isReady = ({ status }: Pod): boolean =>
  Boolean(status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'));

/** What an expression of jsonpath says of a pod, a line for each of its changes until `end`. */
export const watchPod = (namespace: string, name: string, jsonpath: string) => {
  const output = `jsonpath=${jsonpath}{"\\n"}`;
  const args = ['-n', namespace, 'get', 'pod', name, '--watch', '-o', output];
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  return {
    end: async (): Promise<string> => {
      const ended = once(child, 'close');
      child.kill();
      await ended;
      return said;
    },
  };
};

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

const exposing = new Set<ChildProcess>();

/**
 * Leads a port of this machine to a Service's, until `unexposeAll`: by CLUSTER_EXPOSE, a command that is given the port and
 * `namespace/service:port` and stays; otherwise by `kubectl port-forward`, which leads to one pod at a time and is started
 * again when that one goes.
 */
export const expose = async (namespace: string, service: string, port: number, local: number): Promise<void> => {
  const line = process.env['CLUSTER_EXPOSE'];
  const [program, ...args] = line
    ? ['sh', '-c', `exec ${line} "$@"`, 'sh', String(local), `${namespace}/${service}:${port}`]
    : ['kubectl', '-n', namespace, 'port-forward', `service/${service}`, `${local}:${port}`];
  const keep = async (): Promise<void> => {
    const child = spawn(program, args, { stdio: 'ignore' });
    exposing.add(child);
    await once(child, 'exit');
    await sleep(200);
    if (exposing.delete(child)) void keep();
  };
  void keep();
  const isOpen = async () => {
    const socket = connect(local, '127.0.0.1');
    await once(socket, 'connect');
    return Boolean(socket.destroy());
  };
  await until(isOpen, `port ${local} leads to ${service}`);
};

export const unexposeAll = (): void => {
  for (const child of exposing) {
    exposing.delete(child);
    child.kill();
  }
};
