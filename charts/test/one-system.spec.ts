// The chart, the compose file and the code name the same services, ports and variables.
import { beforeAll, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromChart, fromCompose, root, type Component, type System } from './system.ts';
import { chart, describeWith } from './tools.ts';

/** Variables that may differ, and why. */
const differing: Record<string, string> = {
  SELF: 'a pod binds whatever address it gets, a container its own',
  NAME: 'a pod has a name of its own',
  CACHES: 'Services, or addresses',
  DICTIONARY: 'one Service, or each replica',
  WEB: 'a Service, or an address',
  WORDS_URL: 'a Service, or an address',
  WORDS_CERT_NAME: 'the name that the certificate has',
  RECENT: 'Services, or addresses',
  PROBED: 'where one Service stands for all replicas the kubelet asks who is ready, else Varnish does',
  CACHE_BESIDE: 'the chart is asked for it here, compose by the variable',
  REPLICA: 'in the same pod, or at an address',
  MEMORY: 'the same in all, for as many replicas as each has',
  TARGETS: 'a cluster’s DNS says whom there is, or a file',
  NAMES: 'a cluster’s DNS says whom there is, or a file',
  BLACKBOX: 'in the same pod, or at an address of its own',
  EDGE: 'a Service, or an address',
  EDGE_NAME: 'the name that the certificate has',
  CERTS_CHECK_S: 'seconds, or nothing where something else looks for another certificate',
};
/** Variables that only the chart sets, and why. */
const onlyInChart: Record<string, string> = {
  DRAIN_MS: 'goes with the probes, which compose has not',
  SHUTDOWN_MS: 'goes with terminationGracePeriodSeconds',
  LOG_LEVEL: 'is a value; natively and in compose the default holds',
};

const differences = (one: System, other: System): string[] => {
  const found: string[] = [];
  const same = (what: string, a: unknown, b: unknown) => {
    const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
    if (left !== right) found.push(`${what}: ${left} and ${right}`);
  };
  same('components', Object.keys(one).sort(), Object.keys(other).sort());
  for (const [name, component] of Object.entries(one)) {
    const twin = other[name];
    if (!twin) continue;
    for (const key of ['image', 'user', 'command', 'ports', 'memoryMiB'] as const) {
      same(`${name}.${key}`, component[key], twin[key]);
    }
    const names = new Set([...Object.keys(component.environment), ...Object.keys(twin.environment)]);
    for (const variable of names) {
      if (variable in onlyInChart) continue;
      const [a, b] = [component, twin].map(({ environment }) =>
        variable in environment ? (variable in differing ? 'set' : environment[variable]) : 'not set',
      );
      same(`${name}.${variable}`, a, b);
    }
    for (const { environment, initEnvironment } of [component, twin]) {
      if (initEnvironment) same(`${name}, before its start and after`, initEnvironment, environment);
    }
  }
  return found;
};

interface Schema {
  shape: Record<string, { safeParse: (value: unknown) => { success: boolean } }>;
}
const schemaOf = async (...path: string[]) => (await import(join(root, ...path))) as Record<string, Schema>;

/** What is wrong with a Node service's environment, by the schemas of its code. */
const wrong = ({ environment }: Component, schemas: Schema[]): string[] => {
  const shape: Schema['shape'] = Object.assign({}, ...schemas.map((schema) => schema.shape));
  const unknown = Object.keys(environment).filter((name) => !(name in shape) && name !== 'NODE_OPTIONS');
  const invalid = Object.entries(shape).filter(([name, schema]) => {
    const value = name === 'NAME' ? 'almanac-dictionary-7548b8f8cc-2kfcr' : environment[name];
    // Set but empty counts as unset.
    return !schema.safeParse(value === '' ? undefined : value).success;
  });
  return [...unknown.map((name) => `${name} is unknown`), ...invalid.map(([name]) => `${name} is wrong or missing`)];
};

describeWith(['helm'], 'one system', () => {
  let inChart: System;
  let inCompose: System;
  beforeAll(() => {
    [inChart, inCompose] = [fromChart(), fromCompose()];
  });

  it('is described alike by the chart and by docker-compose.yml', () => {
    expect(Object.keys(inChart)).toHaveLength(10);
    expect(differences(inChart, inCompose)).toEqual([]);
  });

  it('has no command that a cluster reads otherwise: there two dollar signs are one', () => {
    const changed = (system: System) =>
      Object.keys(system).filter((name) => /\$\$/.test(String(system[name]!.command)));
    expect(changed(inChart)).toEqual([]);
    const wrong = { ...inChart, edge: { ...inChart['edge']!, command: ['sh', '-c', 'kill -HUP $$'] } };
    expect(changed(wrong)).toEqual(['edge']);
  });

  it('would tell any difference', () => {
    const changed = (change: (system: System) => void) => {
      const copy = structuredClone(inChart);
      change(copy);
      return differences(copy, inCompose).length;
    };
    expect(changed(() => {})).toBe(0);
    expect(changed((copy) => delete copy['web'])).toBe(1);
    expect(changed(({ edge }) => (edge!.image = 'nginx:1.31'))).toBe(1);
    expect(changed(({ cache }) => (cache!.user = 10_003))).toBe(1);
    expect(changed(({ cache }) => cache!.command.push('-p'))).toBe(1);
    expect(changed(({ web }) => web!.ports.pop())).toBe(1);
    expect(changed(({ web }) => (web!.memoryMiB = 128))).toBe(1);
    expect(changed(({ web }) => delete web!.environment['DATA_DIR'])).toBe(1);
    expect(changed(({ web }) => (web!.environment['WORDS_URL'] = ''))).toBe(1);
    expect(changed(({ edge }) => delete edge!.initEnvironment!['CACHES'])).toBe(1);
  });

  it('has no exception that is not needed', () => {
    const set = (system: System) =>
      new Set(Object.values(system).flatMap(({ environment }) => Object.keys(environment)));
    for (const name of Object.keys(differing))
      expect([set(inChart).has(name), set(inCompose).has(name)]).toEqual([true, true]);
    for (const name of Object.keys(onlyInChart))
      expect([set(inChart).has(name), set(inCompose).has(name)]).toEqual([true, false]);
  });

  it.each([
    ['dictionary', 'apps/dictionary/server/src/dictionary.config.ts'],
    ['recent', 'apps/dictionary/recent/src/recent.config.ts'],
    ['web', 'apps/web/src/web.config.ts'],
  ])('gives %s the variables that its code knows, and all that it needs', async (name, config) => {
    const { baseEnvironment } = await schemaOf('libs/service/src/environment.ts');
    const { environment } = await schemaOf(config);
    for (const component of [inChart[name]!, inCompose[name]!]) {
      expect(wrong(component, [baseEnvironment!, environment!])).toEqual([]);
      const required = Object.keys(environment!.shape).filter(
        (key) => !environment!.shape[key]!.safeParse(undefined).success,
      );
      const spoilt = structuredClone(component);
      for (const variable of required) delete spoilt.environment[variable];
      Object.assign(spoilt.environment, { TYPO: '1', DRAIN_MS: 'long' });
      expect(wrong(spoilt, [baseEnvironment!, environment!])).toEqual([
        'TYPO is unknown',
        'DRAIN_MS is wrong or missing',
        ...required.map((variable) => `${variable} is wrong or missing`),
      ]);
    }
  });

  it.each(['edge', 'cache', 'prometheus', 'dictionary-cache'])(
    'gives %s every variable of its templates, and none that nothing reads',
    (name) => {
      const templates = globSync(join(chart, 'charts', name.replace('-cache', ''), 'files/*.{conf,vcl,yml}')).map(
        (path) => readFileSync(path, 'utf8'),
      );
      const text = templates.join('\n');
      const named = [...text.matchAll(/\$\{([A-Z][A-Z0-9_]*)\}/g)].map(([, variable]) => variable!);
      // A loop over words reads the variables that they name.
      const words = [...text.matchAll(/^#@for \w+ in ([a-z ]+)$/gm)].flatMap(([, list]) =>
        list!.toUpperCase().split(' '),
      );
      const read = [...named, ...words];
      for (const { environment, command } of [inChart[name]!, inCompose[name]!]) {
        const isSet = (variable: string) => variable in environment || `${variable}_FILE` in environment;
        expect(read.filter((variable) => !isSet(variable))).toEqual([]);
        const used = (variable: string) =>
          variable === 'NAME' ||
          read.includes(variable.replace(/_FILE$/, '')) ||
          command.join(' ').includes(`$${variable}`);
        expect(Object.keys(environment).filter((variable) => !used(variable))).toEqual([]);
      }
    },
  );
});
