import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');

export interface Target {
  labels: { job: string; service: string; replica: string; instance: string };
  health: 'up' | 'down' | 'unknown';
  lastError: string;
}

/** Prometheus of the system under test, at the address that it has natively and in compose. */
export const prometheusUrl = () => `http://${process.env['NET']}.91:9090`;

const ask = async <T>(path: string, parameters: Record<string, string> = {}): Promise<T> => {
  const url = `${prometheusUrl()}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const { data, error } = (await response.json()) as { data: T; error?: string };
  if (error) throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
  return data;
};

export const targets = async (): Promise<Target[]> => (await ask<{ activeTargets: Target[] }>('targets')).activeTargets;

/** How many series a query has, with a value that is a number. */
export const seriesOf = async (query: string): Promise<number> => {
  const { result } = await ask<{ result: { value: [number, string] }[] }>('query', { query });
  return result.filter(({ value }) => value[1] !== 'NaN').length;
};

export const metricNames = async (): Promise<Set<string>> => new Set(await ask<string[]>('label/__name__/values'));

export interface Rule {
  name: string;
  query: string;
  health: string;
  lastError?: string;
}
export const loadedRules = async (): Promise<Rule[]> =>
  (await ask<{ groups: { rules: Rule[] }[] }>('rules')).groups.flatMap(({ rules }) => rules);

/** The metrics that a query asks for. */
export const metricsOf = (query: string): string[] => {
  const bare = query
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|on|without|ignoring) *\([^)]*\)/g, ' ')
    .replaceAll(/\b(and|or|unless|bool|offset +\d+[smhd])\b/g, ' ');
  return [...new Set(bare.match(/(?<![\w.:])[A-Za-z_:][\w:]*(?![\w:]| *\()/g) ?? [])];
};

export interface Panel {
  title: string;
  type: string;
  targets?: { expr: string; datasource: { uid: string } }[];
  fieldConfig?: { defaults: { unit?: string } };
  datasource?: { uid: string };
}
export const dashboard = JSON.parse(readFileSync(join(root, 'infra/grafana/chapter-5.json'), 'utf8')) as {
  panels: Panel[];
  templating: { list: { name: string; type: string; query: string }[] };
};

/** The services of docker-compose.yml that Prometheus asks, by name. */
export const asked = (): string[] => {
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const { services } = parse(text, { merge: true }) as { services: Record<string, { 'x-metrics'?: string }> };
  return Object.entries(services).flatMap(([name, service]) => (service['x-metrics'] ? [name] : []));
};
