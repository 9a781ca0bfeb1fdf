// The system as the chart and as the compose file describe it, in one form.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { componentOf, objects, podsOf, set, type Container } from './tools.ts';

export interface Component {
  image: string;
  user: number;
  command: string[];
  ports: number[];
  memoryMiB: number;
  /** undefined: known only where it runs. */
  environment: Record<string, string | undefined>;
  /** Of the step that renders its configuration. */
  initEnvironment?: Component['environment'];
}
export type System = Record<string, Component>;

export const root = join(import.meta.dirname, '../..');

const isSidecar = ({ restartPolicy }: Container) => restartPolicy === 'Always';
const environmentOf = (all: Container['env']) => Object.fromEntries(all.map(({ name, value }) => [name, value]));

/** With all that can be switched on. What stands beside the first container of a pod is a component of its own. */
export const fromChart = (): System =>
  Object.fromEntries(
    podsOf(objects({ args: set('global.monitoring.enabled=true', 'global.cache.placement=sidecar') }))
      .filter(({ kind }) => kind !== 'Job')
      .flatMap(({ metadata, pod: { initContainers = [], ...pod } }) =>
        [...pod.containers, ...initContainers.filter(isSidecar)].map((container, index): [string, Component] => {
          const isRendered = container.volumeMounts?.some(({ name }) => name === 'conf');
          const { image, command, ports, resources, env, name, securityContext } = container;
          const component: Component = {
            image,
            user: securityContext.runAsUser ?? pod.securityContext.runAsUser,
            command,
            ports: ports!.map(({ containerPort }) => containerPort).sort(),
            memoryMiB: Number(resources.limits['memory']!.replace('Mi', '')),
            environment: environmentOf(env),
            ...(isRendered && { initEnvironment: environmentOf(initContainers[0]!.env) }),
          };
          return [index === 0 ? componentOf(metadata) : name, component];
        }),
      ),
  );

interface ComposeService {
  image: string;
  user: string;
  command?: string[];
  mem_limit: string;
  environment: Record<string, string | number>;
  network_mode?: string;
  ports?: string[];
  healthcheck: { test: string[] };
  'x-ready': string;
  'x-native': string | { command?: string };
}

/** Replicas of one thing are one component; what compose runs before it is a part of it, as an init container is. */
export const fromCompose = (): System => {
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
    .replace(/\$\{\w+:-([^}]*)\}/g, '$1')
    .replaceAll('$$', '$');
  const { services } = parse(text, { merge: true }) as { services: Record<string, ComposeService> };
  const running = Object.entries(services).filter(([, service]) => service['x-native'] !== 'none');
  const mentioned = JSON.stringify(running.map(([, { environment }]) => environment));
  const environmentOf = ({ environment }: ComposeService) =>
    Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
  const components = running.map(([name, service]): [string, Component] => {
    const address = String(service.environment['SELF']).replaceAll('.', '\\.');
    /** Beside another at its address, whose ports are that one's. */
    const isSidecar = service.network_mode?.startsWith('service:');
    const ports = [
      ...(service.ports ?? []).map((port) => port.split(':').at(-1)),
      ...[...`${service.healthcheck.test.join(' ')} ${service['x-ready']}`.matchAll(/:(\d+)\//g)].map(
        ([, port]) => port,
      ),
      ...(isSidecar ? [] : [...mentioned.matchAll(new RegExp(`${address}:(\\d+)`, 'g'))].map(([, port]) => port)),
    ];
    const native = service['x-native'];
    const nativeCommand = typeof native === 'string' ? native : native.command;
    const conf = services[`${name}-conf`];
    const component: Component = {
      image: service.image,
      user: Number(service.user.split(':')[0]),
      command: service.command ?? nativeCommand!.split(' '),
      ports: [...new Set(ports)].map(Number).sort(),
      memoryMiB: Number(service.mem_limit.replace('m', '')),
      environment: environmentOf(service),
      ...(conf && { initEnvironment: environmentOf(conf) }),
    };
    return [name.replace(/-\d+$/, ''), component];
  });
  return Object.fromEntries(components);
};
