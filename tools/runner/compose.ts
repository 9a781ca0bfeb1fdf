// Reads docker-compose.yml as processes of this machine. It knows the part of compose that the file uses; anything else is
// an error that says so, because a key that is silently ignored would run another system than compose does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Failure } from '../setup/failure.mjs';
import { duration, fields, oneOf, size, string, strings, wrong } from './fields.ts';
import { expand, interpolateAll, parseDotEnv, type Variables } from './interpolate.ts';

const conditions = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;
const restarts = ['no', 'on-failure', 'always', 'unless-stopped'] as const;
export type Condition = (typeof conditions)[number];

export interface Healthcheck {
  /** `['probe', url]` is answered by the runner itself; anything else is the command to run. */
  command: string[];
  intervalMs: number;
  timeoutMs: number;
  retries: number;
  startPeriodMs: number;
}

/** A service as a process of this machine. */
export interface Service {
  name: string;
  profiles: string[];
  dependsOn: Record<string, Condition>;
  /** undefined: nothing stands for it natively (`x-native: none`). */
  command: string[] | undefined;
  environment: Record<string, string>;
  address: string | undefined;
  published: { address: string; port: number }[];
  healthcheck: Healthcheck | undefined;
  readyUrl: string | undefined;
  /** What those in front of it must answer, too, before a start is done. */
  answersUrls: string[];
  /** Where Prometheus asks. */
  metricsUrl: string | undefined;
  restart: (typeof restarts)[number];
  stopSignal: NodeJS.Signals;
  stopGraceMs: number;
  memoryLimitBytes: number | undefined;
  packages: string[];
  /** The folder of templates that is rendered into $CONF before each start. */
  templates: string | undefined;
}

/** A command line is run by the shell, a list as it is. */
const commandOf = (value: unknown, where: string): string[] =>
  typeof value === 'string' ? ['sh', '-c', `exec ${value}`] : strings(value, where);

const healthcheckOf = (value: unknown, where: string, environment: Variables): Healthcheck | undefined => {
  if (value === undefined) return undefined;
  const check = fields(value, where, ['test', 'interval', 'timeout', 'retries', 'start_period']);
  const test =
    typeof check['test'] === 'string' ? ['CMD-SHELL', check['test']] : strings(check['test'], `${where}.test`);
  const [kind, ...rest] = test;
  if (kind === 'NONE') return undefined;
  if (kind !== 'CMD' && kind !== 'CMD-SHELL') return wrong(`${where}.test`, 'must start with CMD, CMD-SHELL or NONE');
  const probe = /^probe (\S+)$/.exec(rest.join(' '))?.[1];
  return {
    command: probe ? ['probe', expand(probe, environment)] : kind === 'CMD' ? rest : ['sh', '-c', rest.join(' ')],
    intervalMs: duration(check['interval'] ?? '30s', `${where}.interval`),
    timeoutMs: duration(check['timeout'] ?? '30s', `${where}.timeout`),
    retries: Number(check['retries'] ?? 3),
    startPeriodMs: duration(check['start_period'] ?? '0s', `${where}.start_period`),
  };
};

const publishedOf = (value: unknown, where: string) =>
  strings(value, where).map((port) => {
    const [, address, host, container] =
      /^([\d.]+):(\d+):(\d+)$/.exec(port) ?? wrong(where, `"${port}" is not address:port:port`);
    if (host !== container)
      wrong(where, `"${port}": natively a service binds the published port itself, so both must be equal`);
    return { address: address!, port: Number(host) };
  });

const environmentOf = (value: unknown, where: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields(value, where)).map(([name, one]) =>
      ['string', 'number', 'boolean'].includes(typeof one)
        ? [name, String(one)]
        : wrong(`${where}.${name}`, 'must have a value'),
    ),
  );

const dependsOnOf = (value: unknown, where: string): Record<string, Condition> => {
  if (Array.isArray(value)) return Object.fromEntries(value.map((name) => [String(name), 'service_started']));
  return Object.fromEntries(
    Object.entries(fields(value, where)).map(([name, one]) => {
      const { condition } = fields(one, `${where}.${name}`, ['condition']);
      return [name, oneOf(condition, `${where}.${name}.condition`, conditions)];
    }),
  );
};

// What only containers need is named too: so a new key is a decision.
const containerOnly = [
  'build',
  'cap_add',
  'cap_drop',
  'entrypoint',
  'image',
  'init',
  'logging',
  'network_mode',
  'pids_limit',
  'pull_policy',
  'read_only',
  'security_opt',
  'tmpfs',
  'user',
  'volumes',
];
const native = [
  'command',
  'depends_on',
  'environment',
  'healthcheck',
  'mem_limit',
  'networks',
  'ports',
  'profiles',
  'restart',
];
const serviceKeys = [
  ...containerOnly,
  ...native,
  'stop_grace_period',
  'stop_signal',
  'x-native',
  'x-ready',
  'x-answers',
  'x-metrics',
];

const serviceOf = (name: string, value: unknown, variables: Variables): Service => {
  const at = (key: string) => `services.${name}.${key}`;
  const service = fields(value, `services.${name}`, serviceKeys);
  const given = service['x-native'];
  const x =
    typeof given === 'string'
      ? { command: given }
      : fields(given, at('x-native'), ['command', 'packages', 'render', 'environment']);
  const network = fields(fields(service['networks'], at('networks'), ['default'])['default'], at('networks'), [
    'ipv4_address',
  ]);
  const published = publishedOf(service['ports'], at('ports'));
  const run = join(variables['ALMANAC_STATE']!, 'run', name);
  const environment = {
    ...environmentOf(service['environment'], at('environment')),
    CONF: join(run, 'conf'),
    STATE: join(run, 'state'),
    RUN_AS: variables['RUN_AS']!,
    ...(published[0] && { PUBLISHED: published[0].address }),
    ...environmentOf(x['environment'], at('x-native.environment')),
  };
  const urlOf = (key: string) =>
    service[key] === undefined ? undefined : expand(string(service[key], at(key)), environment);
  const isNone = x['command'] === 'none';
  const command = commandOf(x['command'] ?? service['command'] ?? [], at('command'));
  if (command.length === 0) wrong(at('x-native'), 'no command stands for the image (or say none)');
  return {
    name,
    profiles: strings(service['profiles'], at('profiles')),
    dependsOn: dependsOnOf(service['depends_on'], at('depends_on')),
    command: isNone ? undefined : command,
    environment,
    address: network['ipv4_address'] as string | undefined,
    published,
    healthcheck: healthcheckOf(service['healthcheck'], at('healthcheck'), environment),
    readyUrl: urlOf('x-ready'),
    metricsUrl: urlOf('x-metrics'),
    answersUrls: strings(service['x-answers'], at('x-answers')).map((url) => expand(url, environment)),
    restart: oneOf(service['restart'] === false ? 'no' : (service['restart'] ?? 'no'), at('restart'), restarts),
    stopSignal: string(service['stop_signal'] ?? 'SIGTERM', at('stop_signal')) as NodeJS.Signals,
    stopGraceMs: duration(service['stop_grace_period'] ?? '10s', at('stop_grace_period')),
    memoryLimitBytes: service['mem_limit'] === undefined ? undefined : size(service['mem_limit'], at('mem_limit')),
    packages: strings(x['packages'], at('x-native.packages')),
    templates: x['render'] as string | undefined,
  };
};

/** What the file may name with `${…}`: the shell's variables before `.env`'s before the runner's own. */
export const variablesOf = (root: string, shell: Variables, dotEnv: string): Record<string, string> => {
  const defaults = { NET: '127.77.0', PUBLISH: '127.0.0.1', HTTPS_PORT: '8443', HTTP_PORT: '8080' };
  const state = { ALMANAC_STATE: join(root, '.almanac'), RUN_AS: process.getuid?.() === 0 ? 'root' : '' };
  const set = Object.entries(shell).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return { ...defaults, ...state, ...parseDotEnv(dotEnv), ...Object.fromEntries(set) };
};

/** The services of the compose file's text, all of them. */
export const parseCompose = (text: string, variables: Variables): Service[] => {
  let document: unknown;
  try {
    document = parse(text, { merge: true });
  } catch (error) {
    return wrong('not YAML', (error as Error).message.split('\n')[0]!);
  }
  const file = fields(document, 'the file', ['name', 'networks', 'services', 'volumes', 'x-*']);
  const services = fields(interpolateAll(file['services'], variables), 'services');
  return Object.entries(services).map(([name, value]) => serviceOf(name, value, variables));
};

/** The services of the wanted parts (profiles; `*`: all), those without a profile, and all that these depend on. */
export const select = (services: Service[], parts: string[]): Service[] => {
  const known = [...new Set(services.flatMap(({ profiles }) => profiles))];
  const stranger = parts.find((part) => part !== '*' && !known.includes(part));
  if (stranger) throw new Failure(`There is no part "${stranger}". The parts are: ${known.join(', ')}.`);
  const chosen = new Set<Service>();
  const choose = (name: string, path: string[]): void => {
    const service =
      services.find((one) => one.name === name) ?? wrong(`services.${path.at(-1)}.depends_on`, `no service ${name}`);
    if (path.includes(name)) wrong(`services.${name}.depends_on`, `a circle: ${[...path, name].join(' → ')}`);
    for (const dependency of Object.keys(service.dependsOn)) choose(dependency, [...path, name]);
    chosen.add(service);
  };
  for (const { name, profiles } of services) {
    if (profiles.length === 0 || parts.includes('*') || profiles.some((profile) => parts.includes(profile)))
      choose(name, []);
  }
  return [...chosen].filter(({ command }) => command);
};

/** The parts that COMPOSE_PROFILES names. */
export const partsOf = (variables: Variables): string[] =>
  (variables['COMPOSE_PROFILES'] ?? '').split(',').filter(Boolean);

/** docker-compose.yml of `root`, for the wanted parts; none named: those of COMPOSE_PROFILES. */
export const readSystem = (root: string, parts: string[]) => {
  const dotEnv = readFileSync(join(root, '.env'), 'utf8');
  const variables = variablesOf(root, process.env, dotEnv);
  const wanted = parts.length > 0 ? parts : partsOf(variables);
  const services = select(parseCompose(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), variables), wanted);
  return { root, parts: wanted, services, state: variables['ALMANAC_STATE']!, variables };
};
export type System = ReturnType<typeof readSystem>;
