// The tools that judge a chart, and what they say.
import { describe } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export type Tool = 'helm' | 'helm4' | 'kubeconform' | 'kube-score' | 'untt' | 'go';

export const chart = join(import.meta.dirname, '../almanac');

const isOnPath = (tool: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, tool)));

/** `describe`, skipped where a tool is missing; in CI none may be. */
export const describeWith = (tools: Tool[], title: string, body: () => void): void => {
  const missing = tools.filter((tool) => !isOnPath(tool));
  if (missing.length === 0) describe(title, body);
  else if (process.env['CI'] === 'true') throw new Error(`not on the PATH: ${missing.join(', ')}`);
  else describe.skip(`${title} (not on the PATH: ${missing.join(', ')})`, body);
};

/** What a tool says, errors included, and whether it is content. */
export const ask = (
  tool: Tool,
  args: string[],
  input?: string,
): { isContent: boolean; said: string; output: string } => {
  const { status, stdout, stderr, error } = spawnSync(tool, args, {
    encoding: 'utf8',
    maxBuffer: 67_108_864,
    ...(input !== undefined && { input }),
  });
  if (error) throw error;
  return { isContent: status === 0, said: stdout + stderr, output: stdout };
};

interface Metadata {
  name: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}
export interface Container {
  name: string;
  image: string;
  command: string[];
  args?: string[];
  env: { name: string; value?: string }[];
  ports?: { name: string; containerPort: number }[];
  readinessProbe: { periodSeconds: number; timeoutSeconds: number; failureThreshold: number };
  livenessProbe: Container['readinessProbe'];
  /** Of an init container that stays. */
  restartPolicy?: 'Always';
  lifecycle?: { preStop: { sleep?: { seconds: number }; exec?: { command: string[] } } };
  securityContext: { runAsUser?: number };
  resources: Record<'requests' | 'limits', Record<string, string>>;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}
export interface Pod {
  containers: Container[];
  initContainers?: Container[];
  securityContext: { runAsUser: number };
  terminationGracePeriodSeconds: number;
  volumes: { name: string; secret?: { secretName: string; items: { key: string }[] } }[];
  [field: string]: unknown;
}
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec?: Record<string, unknown> & { replicas?: number; template?: { metadata: Metadata; spec: Pod } };
  data?: Record<string, string>;
  type?: string;
}

/** YAML 1.1, as Helm and Kubernetes read it. */
export const objectsOf = (rendered: string): KubernetesObject[] =>
  parseAllDocuments(rendered, { version: '1.1' })
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);

export interface Variant {
  release?: string;
  args?: string[];
}

/** What the chart makes, as text. @throws Error with Helm's words */
export const render = ({ release = 'almanac', args = [] }: Variant = {}, helm: 'helm' | 'helm4' = 'helm'): string => {
  const { isContent, said, output } = ask(helm, ['template', release, chart, ...args]);
  if (!isContent) throw new Error(said);
  return output;
};

export const objects = (variant?: Variant) => objectsOf(render(variant));

export const componentOf = ({ labels }: Metadata): string => labels['app.kubernetes.io/component']!;

/** The pods of all objects. A test's, which is a Job's, is nobody's replica. */
export const podsOf = (all: KubernetesObject[]) =>
  all.flatMap(({ kind, spec }) => {
    if (!spec?.template) return [];
    const replicas = kind === 'Job' ? 0 : (spec.replicas ?? 1);
    return [{ kind, replicas, metadata: spec.template.metadata, pod: spec.template.spec }];
  });

export const set = (...values: string[]): string[] => values.flatMap((value) => ['--set', value]);

const gateway = set(
  'edge.gateway.enabled=true',
  'edge.gateway.parentRefs[0].name=public',
  'edge.gateway.parentRefs[0].sectionName=https',
  'edge.trustedProxies[0]=10.0.0.0/8',
);

/** The ways to install it that differ in what is made. */
export const variants: Record<string, Variant> = {
  default: {},
  full: { args: ['-f', join(chart, 'values-full.yaml')] },
  'load balancer': { args: ['-f', join(chart, 'examples/load-balancer/values.yaml')] },
  gateway: { args: ['-f', join(chart, 'examples/gateway/values.yaml')] },
  'a Gateway and a certificate from elsewhere': {
    args: [...gateway, ...set('edge.certificate.mode=existing', 'edge.certificate.existingSecret=mine')],
  },
  'cert-manager': { args: set('edge.certificate.mode=cert-manager', 'edge.certificate.issuerRef.name=letsencrypt') },
  'a name of 53 characters': { release: 'a'.repeat(52) + 'b' },
  'a name with dots': { release: 'almanac.example.org' },
  'a name that YAML reads as no name': { release: 'true' },
  'without policies': { args: set('global.networkPolicy.enabled=false') },
  'with traces and faults': { args: set('global.tracing.endpoint=http://collector:4318', 'global.faults=true') },
  monitored: { args: set('global.monitoring.enabled=true', 'prometheus.storage.persistent=true') },
  'a cache beside each replica': { args: set('global.cache.placement=sidecar') },
  'in one place': {
    args: set(
      'global.pods.nodeSelector.pool=a',
      'global.pods.tolerations[0].operator=Exists',
      'global.images.pullSecrets[0]=a',
    ),
  },
};
