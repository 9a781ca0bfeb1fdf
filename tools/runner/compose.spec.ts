import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseCompose, readSystem, select, variablesOf } from './compose.ts';
import { planOf } from './plan.ts';

const variables = variablesOf('/root', { NET: '127.9.9' }, '');
const parse = (services: string) => parseCompose(`services:\n${services.replace(/^/gm, '  ')}`, variables);
const one = (fields: string) => parse(`one: { x-native: run it, ${fields} }`)[0]!;

describe(parseCompose, () => {
  it('reads the system itself', () => {
    const root = join(import.meta.dirname, '../..');
    const system = readSystem(root, ['dictionary']);
    const names = system.services.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['edge', 'cache-1', 'cache-2', 'web', 'dictionary-1', 'dictionary-2', 'dictionary-3']),
    );
    const [edge] = system.services;
    expect(edge).toMatchObject({
      name: 'edge',
      published: [{ port: 8443 }, { port: 8080 }],
      templates: 'charts/almanac/charts/edge/files',
    });
    expect(new Set(system.services.map(({ address }) => address)).size).toBe(names.length);
    const plan = planOf(system);
    expect(plan.packages).toEqual(expect.arrayContaining(['openssl', 'nginx', 'varnish']));
    expect(plan.projects.sort()).toEqual(['dictionary-recent', 'dictionary-server', 'web']);
  });

  it('has caches beside the replicas only when asked for, by the variable that tells the others', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8');
    const started = (shell: Record<string, string>) =>
      select(parseCompose(text, variablesOf('/root', shell, '')), ['dictionary']).filter(
        ({ name, environment }) => name.startsWith('dictionary-cache-') || environment['CACHE_BESIDE'] === 'dictionary',
      );
    expect(started({})).toEqual([]);
    expect(started({ CACHE_BESIDE: 'dictionary' }).map(({ name }) => name)).toEqual([
      ...['cache-1', 'cache-2'],
      ...['dictionary-cache-1', 'dictionary-cache-2', 'dictionary-cache-3'],
    ]);
  });

  it('reads a service', () => {
    const service = one(`
      restart: on-failure, mem_limit: 64m, stop_grace_period: 1m30s, stop_signal: SIGQUIT, profiles: [part],
      networks: { default: { ipv4_address: '\${NET}.1' } }, ports: ['127.0.0.1:8443:8443'],
      environment: { SELF: '\${NET}.1', N: 3, YES: true }, x-ready: 'http://$$SELF:9090/readyz', x-answers: ['http://$$SELF:8080/a'],
      healthcheck: { test: [CMD-SHELL, 'probe http://$$SELF:9090/livez'], interval: 2s, timeout: 500ms, retries: 4, start_period: 1m },
      depends_on: { two: { condition: service_healthy } }`);
    expect(service).toEqual({
      name: 'one',
      profiles: ['part'],
      dependsOn: { two: 'service_healthy' },
      command: ['sh', '-c', 'exec run it'],
      environment: {
        SELF: '127.9.9.1',
        N: '3',
        YES: 'true',
        CONF: '/root/.almanac/run/one/conf',
        STATE: '/root/.almanac/run/one/state',
        RUN_AS: variables['RUN_AS']!,
        PUBLISHED: '127.0.0.1',
      },
      address: '127.9.9.1',
      published: [{ address: '127.0.0.1', port: 8443 }],
      healthcheck: {
        command: ['probe', 'http://127.9.9.1:9090/livez'],
        intervalMs: 2000,
        timeoutMs: 500,
        retries: 4,
        startPeriodMs: 60_000,
      },
      readyUrl: 'http://127.9.9.1:9090/readyz',
      answersUrls: ['http://127.9.9.1:8080/a'],
      restart: 'on-failure',
      stopSignal: 'SIGQUIT',
      stopGraceMs: 90_000,
      memoryLimitBytes: 64 * 1024 * 1024,
      packages: [],
      templates: undefined,
    });
  });

  it('has compose’s defaults', () => {
    expect(one('')).toMatchObject({
      restart: 'no',
      stopSignal: 'SIGTERM',
      stopGraceMs: 10_000,
      dependsOn: {},
      healthcheck: undefined,
    });
    expect(one('healthcheck: { test: [CMD, a, b] }').healthcheck).toEqual({
      command: ['a', 'b'],
      intervalMs: 30_000,
      timeoutMs: 30_000,
      retries: 3,
      startPeriodMs: 0,
    });
    expect(one('healthcheck: { test: a b }').healthcheck!.command).toEqual(['sh', '-c', 'a b']);
    expect(one('healthcheck: { test: [NONE] }').healthcheck).toBeUndefined();
    expect(one('depends_on: [two]').dependsOn).toEqual({ two: 'service_started' });
  });

  it('takes the container’s command, other variables, templates and packages natively', () => {
    const [service] = parse(
      `one: { command: [a, b], environment: { X: container, CONF: /conf }, x-native: { packages: [p], render: files, environment: { X: native } } }`,
    );
    expect(service).toMatchObject({
      command: ['a', 'b'],
      packages: ['p'],
      templates: 'files',
      environment: { X: 'native', CONF: '/root/.almanac/run/one/conf' },
    });
  });

  it('merges YAML anchors', () => {
    const text = 'x-a: &a { restart: always, environment: { A: 1 } }\nservices: { one: { <<: *a, x-native: run } }';
    expect(parseCompose(text, variables)[0]).toMatchObject({ restart: 'always', environment: { A: '1' } });
  });

  it.each([
    ['one: { x-native: run, gpus: all }', 'services.one: the key "gpus" is not understood by the native runner'],
    ['one: { x-native: { start: run } }', 'services.one.x-native: the key "start" is not understood'],
    ['one: { image: x }', 'services.one.x-native: no command stands for the image'],
    [
      'one: { x-native: run, restart: sometimes }',
      'services.one.restart: must be one of no, on-failure, always, unless-stopped',
    ],
    ['one: { x-native: run, mem_limit: much }', '"much" is no size'],
    ['one: { x-native: run, stop_grace_period: 10 }', '"10" is no duration'],
    ['one: { x-native: run, ports: ["80"] }', '"80" is not address:port:port'],
    ['one: { x-native: run, ports: ["127.0.0.1:80:8080"] }', 'both must be equal'],
    ['one: { x-native: run, environment: { A: null } }', 'services.one.environment.A: must have a value'],
    ['one: { x-native: run, environment: [A=1] }', 'services.one.environment: must be a map'],
    ['one: { x-native: run, depends_on: { two: { condition: ready } } }', 'condition: must be one of service_started'],
    ['one: { x-native: run, healthcheck: { test: [RUN, x] } }', 'must start with CMD, CMD-SHELL or NONE'],
    [
      'one: { x-native: run, healthcheck: { test: [CMD, x], start_interval: 1s } }',
      'the key "start_interval" is not understood',
    ],
    ['one: { x-native: run, x-ready: http://$$WHO/ }', 'the service has no WHO'],
    ['one: { x-native: run, networks: { other: {} } }', 'the key "other" is not understood'],
    ['one: { x-native: "run $PLAIN" }', 'only ${NAME}, ${NAME:-default} and $$ are understood'],
    ['one: { x-native: "run ${MISSING}" }', 'MISSING is not set and has no default'],
    ['one: { x-native: "run ${A:?no}" }', 'are understood'],
    ['one: [', 'not YAML'],
  ])('refuses %s', (services, message) => {
    expect(() => parse(services)).toThrow(message);
  });

  it('refuses what it does not know beside the services', () => {
    expect(() => parseCompose('configs: {}', variables)).toThrow('the key "configs" is not understood');
  });
});

describe(variablesOf, () => {
  it('takes the shell’s before .env’s before its own', () => {
    const dotEnv = '# a comment\nNET=127.1.1\n PUBLISH = "127.1.1.1" \nHTTP_PORT=81\n';
    expect(variablesOf('/r', { NET: '127.2.2', HTTP_PORT: '' }, dotEnv)).toMatchObject({
      NET: '127.2.2',
      PUBLISH: '127.1.1.1',
      HTTP_PORT: '81',
      HTTPS_PORT: '8443',
      ALMANAC_STATE: '/r/.almanac',
    });
  });
});

describe(select, () => {
  const services = parse(`
always: { x-native: run }
of-a: { x-native: run, profiles: [a], depends_on: [base] }
base: { x-native: run, profiles: [b] }
of-b: { x-native: run, profiles: [b] }
image-only: { x-native: none, profiles: [a] }`);
  const names = (...parts: string[]) => select(services, parts).map(({ name }) => name);

  it('takes a part, what has no part, and what these depend on', () => {
    expect(names()).toEqual(['always']);
    expect(names('a')).toEqual(['always', 'base', 'of-a']);
    expect(names('*')).toEqual(['always', 'base', 'of-a', 'of-b']);
  });
  it('says which parts there are', () => {
    expect(() => names('c')).toThrow('There is no part "c". The parts are: a, b.');
  });
  it('refuses circles and unknown names', () => {
    expect(() =>
      select(parse('one: { x-native: r, depends_on: [two] }\ntwo: { x-native: r, depends_on: [one] }'), []),
    ).toThrow('a circle: one → two → one');
    expect(() => select(parse('one: { x-native: r, depends_on: [two] }'), [])).toThrow('no service two');
  });
});

describe('the compose file', () => {
  it('gives every native process a limit, a health check and a readiness', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8');
    const all = parseCompose(text, variables);
    const processes = all.filter(({ command }) => command);
    expect(processes.map(({ name }) => name)).toContain('edge');
    for (const { name, memoryLimitBytes, healthcheck, readyUrl, restart } of processes) {
      expect({
        name,
        limited: Boolean(memoryLimitBytes),
        checked: Boolean(healthcheck),
        ready: Boolean(readyUrl),
        restart,
      }).toEqual({ name, limited: true, checked: true, ready: true, restart: 'unless-stopped' });
    }
    // What only containers need comes to an end by itself.
    for (const { restart } of all.filter(({ command }) => !command)) expect(restart).toBe('no');
  });
});
