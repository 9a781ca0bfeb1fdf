import { afterAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSystem } from './compose.ts';
import { targetsOf, writeTargets, type Target } from './targets.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'almanac-targets-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe(targetsOf, () => {
  const { services } = readSystem(root, ['dictionary', 'monitoring']);
  const targets = targetsOf(services);

  it('names each replica of the parts, and where its metrics are', () => {
    const dictionaries = targets.filter(({ labels }) => labels.job === 'dictionary');
    expect(dictionaries.map(({ labels }) => labels.replica)).toEqual(['dictionary-1', 'dictionary-2', 'dictionary-3']);
    expect(dictionaries[0]).toEqual({
      targets: [expect.stringMatching(/\.41:9090$/)],
      labels: { job: 'dictionary', service: 'dictionary', replica: 'dictionary-1', __metrics_path__: '/metrics' },
    });
  });

  it('lets an exporter speak of the server beside it', () => {
    const exporters = targets.filter(({ labels }) => labels.job === 'cache-exporter');
    expect(exporters.map(({ labels: { service, replica } }) => [service, replica])).toEqual([
      ['cache', 'cache-1'],
      ['cache', 'cache-2'],
    ]);
  });

  it('has every process that has a listener for it: none is forgotten', () => {
    const silent = services.filter(({ metricsUrl }) => metricsUrl === undefined).map(({ name }) => name);
    expect(silent).toEqual(['edge', 'cache-1', 'cache-2']); // Which have exporters.
  });
});

describe(writeTargets, () => {
  const file = join(folder, 'new/targets.json');
  const target = (address: string): Target => ({
    targets: [address],
    labels: { job: 'a', service: 'a', replica: 'a', __metrics_path__: '/metrics' },
  });

  it('replaces the file as a whole, and only when it changes', () => {
    writeTargets(file, [target('1')]);
    const first = statSync(file).ino;
    writeTargets(file, [target('1')]);
    expect(statSync(file).ino).toBe(first);
    writeTargets(file, [target('2')]);
    expect(statSync(file).ino).not.toBe(first);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([target('2')]);
    expect(existsSync(`${file}.new`)).toBe(false);
  });
});

describe('targets-cli.ts', () => {
  const run = (env: Record<string, string>, file = join(root, 'docker-compose.yml')) =>
    spawnSync(process.execPath, [join(root, 'tools/runner/targets-cli.ts'), file, join(folder, 'cli.json')], {
      encoding: 'utf8',
      env,
    });
  const jobs = () =>
    (JSON.parse(readFileSync(join(folder, 'cli.json'), 'utf8')) as Target[]).map(({ labels }) => labels.job);

  it('says for compose what the runner says natively, for the same parts and network', () => {
    expect(run({ NET: '10.1.2', COMPOSE_PROFILES: 'dictionary,monitoring' }).status).toBe(0);
    expect(jobs()).toContain('dictionary');
    expect(readFileSync(join(folder, 'cli.json'), 'utf8')).toContain('10.1.2.41:9090');
    expect(run({ NET: '10.1.2', COMPOSE_PROFILES: 'monitoring' }).status).toBe(0);
    expect(jobs()).not.toContain('dictionary');
  });

  it('says in a sentence what is wrong', () => {
    const { status, stderr } = run({ COMPOSE_PROFILES: 'nothing' });
    expect({ status, stderr }).toEqual({ status: 78, stderr: expect.stringMatching(/^There is no part "nothing"\./) });
  });

  it('writes no list where it is not told the parts', () => {
    const { status, stderr } = run({ COMPOSE_PROFILES: '' });
    expect({ status, stderr }).toEqual({
      status: 78,
      stderr: expect.stringMatching(/^Name the parts by COMPOSE_PROFILES/),
    });
  });
});
