// A pod that no chart has made.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { kubectl } from '../kube.ts';

const restricted = {
  pod: { runAsNonRoot: true, runAsUser: 20000, seccompProfile: { type: 'RuntimeDefault' } },
  container: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
};

export interface StrangerOptions {
  namespace: string;
  name: string;
  /** An image with Node. */
  image: string;
  labels: Record<string, string>;
  /** Off: as a pod is that nobody has thought about. */
  isRestricted?: boolean;
}

/** Starts a pod that listens on 8080 and does nothing else, and waits until it does. Answers its address. */
export const startStranger = async (options: StrangerOptions): Promise<string> => {
  const { namespace, name, image, labels, isRestricted = true } = options;
  const listen = "require('node:net').createServer((socket) => socket.end()).listen(8080)";
  const container = {
    name,
    image,
    command: ['node', '-e', listen],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    ...(isRestricted && { securityContext: restricted.container }),
  };
  const spec = {
    terminationGracePeriodSeconds: 0,
    containers: [container],
    ...(isRestricted && { automountServiceAccountToken: false, securityContext: restricted.pod }),
  };
  const creating = spawn('kubectl', ['-n', namespace, 'create', '-f', '-']);
  creating.stdin.end(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec }));
  const [said] = await Promise.all([text(creating.stderr), once(creating, 'close')]);
  if (creating.exitCode !== 0) throw new Error(said);
  await kubectl('-n', namespace, 'wait', `pod/${name}`, '--for=condition=Ready', '--timeout=60s');
  return kubectl('-n', namespace, 'get', 'pod', name, '-o', 'jsonpath={.status.podIP}');
};
