// Each alert against series that should and should not fire it, by promtool's own unit tests.
import { afterAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { alertCases } from './alert-cases.ts';
import { root } from './system.ts';
import { chart } from './tools.ts';

const files = join(chart, 'charts/prometheus/files');
const folder = mkdtempSync(join(tmpdir(), 'almanac-alerts-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Rule {
  alert?: string;
  expr: string;
  labels?: { severity?: string };
  annotations?: { summary?: string; description?: string; runbook?: string };
}
const alertsText = readFileSync(join(files, 'alerts.yml'), 'utf8');
const { groups } = parse(alertsText) as { groups: { rules: Rule[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);

const promtool = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
};

/** Whether an alert fires at the end of these series; `rules` is the text of alerts.yml. */
const outcome = (alert: string, series: Record<string, string>, at: string, firing: boolean, rules = alertsText) => {
  const file = join(folder, 'test.yml');
  writeFileSync(join(folder, 'alerts.yml'), rules);
  writeFileSync(join(folder, 'rules.yml'), readFileSync(join(files, 'rules.yml')));
  const expr = `count(ALERTS{alertname="${alert}",alertstate="firing"} == 1) > bool 0`;
  const [interval, evaluation_interval] = at.endsWith('h') ? ['1m', '1m'] : ['5s', '15s'];
  const test = {
    interval,
    input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
    promql_expr_test: [{ expr, eval_time: at, exp_samples: firing ? [{ labels: '{}', value: 1 }] : [] }],
  };
  writeFileSync(file, stringify({ rule_files: ['rules.yml', 'alerts.yml'], evaluation_interval, tests: [test] }));
  return promtool('test', 'rules', file);
};

const isAsExpected = { status: 0, said: expect.stringContaining('SUCCESS') };

describe('alerts.yml', () => {
  it('has a case for each alert, and none for what there is not', () => {
    expect(Object.keys(alertCases).sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  it.each(Object.entries(alertCases))('%s fires when it should, and not otherwise', (alert, { at, fires, quiet }) => {
    for (const series of [fires].flat()) expect(outcome(alert, series, at, true)).toEqual(isAsExpected);
    expect(outcome(alert, quiet, at, false)).toEqual(isAsExpected);
  });

  it('would be seen not to fire, or to fire for nothing (control)', () => {
    const { at, fires, quiet } = alertCases['TargetDown']!;
    const spoilt = (expr: string) => alertsText.replace('expr: up == 0\n', `expr: ${expr}\n`);
    expect(spoilt('up == 2')).not.toBe(alertsText);
    expect(outcome('TargetDown', [fires].flat()[0]!, at, true, spoilt('up == 2')).said).toMatch(/FAILED/);
    expect(outcome('TargetDown', quiet, at, false, spoilt('up >= 0')).said).toMatch(/FAILED/);
  });

  it('says of each what it is, how urgent, and where it is explained', () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(labels?.severity).toMatch(/^(page|ticket)$/);
      expect(annotations).toEqual({
        summary: expect.any(String),
        description: expect.stringMatching(/\.$/),
        runbook: `docs/operations/alerts.md#${alert!.toLowerCase()}`,
      });
    }
  });

  it('is explained, and nothing else is, in docs/operations/alerts.md', () => {
    const text = readFileSync(join(root, 'docs/operations/alerts.md'), 'utf8');
    const sections = text.split(/^## /m).slice(1);
    const names = sections.map((section) => section.split('\n')[0]!);
    expect(names).toEqual(alerts.map(({ alert }) => alert));
    for (const section of sections) expect(section).toMatch(/\*\*Look at\*\*[^]*\*\*Do\*\*/);
  });

  it('is what promtool finds well formed, with rules.yml', () => {
    for (const name of ['alerts.yml', 'rules.yml']) {
      expect(promtool('check', 'rules', join(files, name))).toMatchObject({ status: 0 });
    }
    writeFileSync(join(folder, 'wrong.yml'), alertsText.replace('up == 0', 'up =='));
    expect(promtool('check', 'rules', join(folder, 'wrong.yml')).status).not.toBe(0);
  });
});
