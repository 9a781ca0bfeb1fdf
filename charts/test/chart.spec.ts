// What Helm and the validators say of the chart, for every way to install it.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ask, chart, describeWith, objectsOf, render, set, variants } from './tools.ts';

const root = join(import.meta.dirname, '../..');

/** Without what is made anew each time. */
const comparable = (rendered: string) =>
  objectsOf(rendered).map((object) => {
    const text = JSON.stringify(object.kind === 'Secret' || object.data?.['ca.crt'] ? { ...object, data: {} } : object);
    return text.replace(/"(?:almanac\/not-after|checksum\/certificate|checksum\/load-secret)":"\w+"/g, '');
  });

describeWith(['helm', 'helm4'], 'Helm 3 and 4', () => {
  const cases = Object.entries(variants);

  it.each(['helm', 'helm4'] as const)('%s has nothing to complain about', (helm) => {
    for (const [, { args = [] }] of cases) {
      const { isContent, said } = ask(helm, ['lint', '--strict', chart, ...args]);
      expect({ isContent, said }).toEqual({ isContent: true, said: expect.not.stringMatching(/WARN|ERROR/) });
    }
  });

  it.each(cases)('render the same: %s', (_, variant) => {
    const [three, four] = [comparable(render(variant)), comparable(render(variant, 'helm4'))];
    expect(three.length).toBeGreaterThan(20);
    expect(three.sort()).toEqual(four.sort());
  });

  it.each(['helm', 'helm4'] as const)('%s says what is wrong with a value', (helm) => {
    const wrong = (...values: string[]) => {
      try {
        return render({ args: set(...values) }, helm);
      } catch (error) {
        return String(error);
      }
    };
    expect(wrong('dictionary.replica=3')).toMatch(/dictionary:\n- at '': additional properties 'replica' not allowed/);
    expect(wrong('edges.replicas=3')).toMatch(/almanac:\n- at '': additional properties 'edges' not allowed/);
    expect(wrong('dictionary.replicas=many')).toMatch(/dictionary:\n- at '\/replicas': got string, want integer/);
    expect(wrong('global.images=null')).toMatch(/almanac:\n- at '\/global': missing property 'images'/);
    expect(wrong('dictionary.env.X=1,dictionary.env.y=a')).toMatch(/'\/env\/X': got number, want string/);
    expect(wrong('service.type=LoadBalancer')).toMatch(/almanac:\n- at '\/service': additional properties 'type'/);
    expect(wrong('web.enabled=false')).toMatch(/web\.enabled: false, but cache calls it \(global\.calls\.cache\)/);
    expect(wrong('global.calls.cache={web:80800}')).toMatch(/'\/global\/calls\/cache\/0': 'web:80800' does not match/);
    expect(wrong('web.resources.limits.memory=64Mi')).toMatch(/requests\.memory \(128Mi\) is more than limits\.memory/);
    expect(wrong('web.drainSeconds=60')).toMatch(/web\.drainSeconds \(60\) must be less than shutdownSeconds \(15\)/);
  });

  it.each(['helm', 'helm4'] as const)('%s refuses a release whose name no Service could have', (helm) => {
    expect(() => render({ release: '1st' }, helm)).toThrow(/The release's name, 1st, must begin with a letter/);
  });
});

describeWith(['helm', 'kubeconform', 'go'], 'kubeconform', () => {
  const schemas = join(root, '.almanac/tools/schemas');
  const check = (rendered: string) => {
    const location = join(schemas, '{{.ResourceKind}}{{.KindSuffix}}.json');
    return ask('kubeconform', ['-strict', '-summary', '-schema-location', location, '-'], rendered).said;
  };
  beforeAll(() => {
    execFileSync(process.execPath, [join(root, 'tools/charts/schemas.ts'), schemas], { cwd: root });
  }, 300_000);

  it.each(Object.entries(variants))('knows every field of: %s', (_, variant) => {
    expect(check(render(variant))).toMatch(/Summary: \d+ resources .* Invalid: 0, Errors: 0, Skipped: 0\n$/);
  });

  it('would tell a field that no cluster knows', () => {
    const rendered = render(variants['gateway']);
    const wrong: [RegExp, string, string][] = [
      [/runAsNonRoot: true/, 'runsAsNonRoot: true', 'Deployment'],
      [/parentRefs:/, 'parentReferences:', 'HTTPRoute'],
      [/maxUnavailable: 1\n/, 'maxUnavailable: [1]\n', 'PodDisruptionBudget'],
    ];
    for (const [right, typo, kind] of wrong) {
      expect(check(rendered.replace(new RegExp(right, 'g'), typo))).toMatch(new RegExp(`${kind} \\S+ is invalid`));
    }
  });
});

describeWith(['helm', 'untt'], 'helm-unittest', () => {
  it('passes what each chart promises', () => {
    const { isContent, said } = ask('untt', ['--strict', chart]);
    expect({ isContent, said }).toEqual({ isContent: true, said: expect.stringMatching(/Tests: +\d+ passed/) });
  });
});

describeWith(['helm'], 'the examples', () => {
  it('are what the chart makes now (npm run charts:examples)', () => {
    const fresh = mkdtempSync(join(tmpdir(), 'examples-'));
    try {
      execFileSync(process.execPath, [join(root, 'tools/charts/examples.ts'), fresh], { cwd: root });
      for (const example of readdirSync(fresh)) {
        const [now, kept] = [fresh, join(chart, 'examples')].map((folder) =>
          readFileSync(join(folder, example, 'rendered.yaml'), 'utf8'),
        );
        expect({ example, rendered: kept }).toEqual({ example, rendered: now });
      }
    } finally {
      rmSync(fresh, { recursive: true });
    }
  });

  it('hold no key', () => {
    for (const example of readdirSync(join(chart, 'examples'))) {
      expect(readFileSync(join(chart, 'examples', example, 'rendered.yaml'), 'utf8')).not.toMatch(
        /LS0tLS1|PRIVATE KEY/,
      );
    }
  });
});

describe('the charts among each other', () => {
  const charts = readdirSync(join(chart, 'charts'));
  const read = (...path: string[]) => readFileSync(join(chart, ...path), 'utf8');
  const umbrella = parse(read('Chart.yaml'));

  it('have one version, and the umbrella depends on every one', () => {
    for (const name of charts) {
      const { version, appVersion } = parse(read('charts', name, 'Chart.yaml'));
      expect({ name, version, appVersion }).toEqual({
        name,
        version: umbrella.version,
        appVersion: umbrella.appVersion,
      });
    }
    expect(umbrella.dependencies.map(({ name }: { name: string }) => name).sort()).toEqual(charts);
  });

  const thin = charts.filter((name) => name !== 'service');

  it('say the same of what they have in common', () => {
    const seen: Record<string, unknown> = {};
    for (const path of ['', ...thin.map((name) => `charts/${name}`)]) {
      for (const [name, definition] of Object.entries(JSON.parse(read(path, 'values.schema.json')).$defs)) {
        expect({ name, definition }).toEqual({ name, definition: (seen[name] ??= definition) });
      }
    }
  });

  it.each(thin)('%s has a schema for each of its values, and not many of them', (name) => {
    const values = parse(read('charts', name, 'values.yaml'));
    const { properties, additionalProperties } = JSON.parse(read('charts', name, 'values.schema.json'));
    expect(additionalProperties).toBe(false);
    expect(Object.keys(properties).sort()).toEqual([...Object.keys(values), 'enabled', 'global'].sort());
    expect(read('charts', name, 'values.yaml').split('\n').length).toBeLessThanOrEqual(60);
    const count = (value: unknown): number =>
      value && typeof value === 'object' && !Array.isArray(value)
        ? Math.max(
            1,
            Object.values(value).reduce((sum: number, one) => sum + count(one), 0),
          )
        : 1;
    expect(count(values)).toBeLessThanOrEqual(45);
  });
});
