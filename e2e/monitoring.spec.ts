// Prometheus as part of the running system: whom it sees, and whether what is asked of it can be answered.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { load } from './load.ts';
import {
  asked,
  dashboard,
  loadedRules,
  metricNames,
  metricsOf,
  prometheusUrl,
  seriesOf,
  targets,
} from './prometheus.ts';
import { driver, system } from './system.ts';

const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }): [string, string] => [title, expr]),
);
const replicasOf = async (job: string) =>
  (await targets()).filter(({ labels }) => labels.job === job).map(({ labels }) => labels.replica);

describe('Prometheus', () => {
  it('sees every replica, and each as up', async () => {
    const calls = ['visitor', 'visitor', 'visitor'];
    const expected = [...asked().map((name) => name.replace(/-\d+$/, '')), ...calls].sort();
    // Others may have held some of them: these are found again first.
    const isWhole = (all: { health: string }[]) =>
      all.length === expected.length && all.every(({ health }) => health === 'up');
    await until(async () => isWhole(await targets()), 'all up', 60_000);
    expect((await targets()).map(({ labels }) => labels.job).sort()).toEqual(expected);
    expect((await replicasOf('dictionary')).sort()).toEqual(['dictionary-1', 'dictionary-2', 'dictionary-3']);
    expect((await replicasOf('cache-exporter')).sort()).toEqual(['cache-1', 'cache-2']);
    for (const { labels } of await targets()) expect(labels.service).toMatch(/^[a-z-]+$/);
  });

  it('lets nobody change anything by HTTP', async () => {
    for (const path of ['/api/v1/admin/tsdb/snapshot', '/-/reload', '/-/quit', '/api/v1/write']) {
      const { status } = await fetch(prometheusUrl() + path, { method: 'POST' });
      expect({ path, isRefused: status >= 400 }).toEqual({ path, isRefused: true });
    }
  });

  it('has no rule that fails', async () => {
    await until(async () => (await loadedRules()).every(({ health }) => health !== 'unknown'), 'rules ran', 90_000);
    const rules = await loadedRules();
    expect(rules.length).toBeGreaterThan(30);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  // In containers the file says what is to run; what compose has stopped is then down.
  if (driver === 'native')
    it('forgets who is held down, and finds who is let go', async () => {
      await system.hold('dictionary-3');
      await until(async () => !(await replicasOf('dictionary')).includes('dictionary-3'), 'gone', 30_000);
      await system.release('dictionary-3');
      await until(async () => (await replicasOf('dictionary')).includes('dictionary-3'), 'there', 30_000);
      await system.ready('dictionary-3');
    });
});

describe('under load', () => {
  let going: ReturnType<typeof load>;
  beforeAll(() => {
    const paths = ['/api/dictionary/words/dog', '/api/dictionary/words/cat', '/about'];
    going = load(system, (n) => (n % 2 ? paths[n % 3]! : `/api/dictionary/words?prefix=${n.toString(36)}`), {
      visitors: 2,
    });
  });
  afterAll(() => going.stop());

  it.each(queries)('the dashboard has data for: %s: %s', async (_, query) => {
    await until(async () => (await seriesOf(query)) > 0, query, 90_000);
  });

  it('every metric of the dashboard and of the rules is there', async () => {
    const known = await metricNames();
    const lacking = (all: string[]) => all.flatMap(metricsOf).filter((name) => !known.has(name) && name !== 'ALERTS');
    expect(lacking(queries.map(([, query]) => query))).toEqual([]);
    expect(lacking((await loadedRules()).map(({ query }) => query))).toEqual([]);
    expect(lacking(['sum(rate(no_such_metric{a="b"}[1m])) / on (slo) up or vector(0)'])).toEqual(['no_such_metric']);
  });

  it('a query for what is not there has no data (control)', async () => {
    expect(await seriesOf('rate(no_such_metric[1m])')).toBe(0);
    await expect(seriesOf('rate(up[1m]')).rejects.toThrow(/parse error/);
  });
});
