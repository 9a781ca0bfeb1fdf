// Whom Prometheus asks, as a file of its service discovery: what the DNS of a cluster tells it there.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Service } from './compose.ts';

export interface Target {
  targets: [address: string];
  labels: { job: string; service: string; replica: string; __metrics_path__: string };
}

/** All replicas of a thing are called alike, but for a number. */
const withoutNumber = (name: string) => name.replace(/-\d+$/, '');

/** One for each service that has metrics. An exporter's NAME is that of the replica beside it. */
export const targetsOf = (services: Pick<Service, 'name' | 'metricsUrl' | 'environment'>[]): Target[] =>
  services.flatMap(({ name, metricsUrl, environment }) => {
    if (metricsUrl === undefined) return [];
    const { host, pathname } = new URL(metricsUrl);
    const replica = environment['NAME'] ?? name;
    const labels = { job: withoutNumber(name), service: withoutNumber(replica), replica, __metrics_path__: pathname };
    return [{ targets: [host], labels }];
  });

/** Writes the file as a whole or not at all, and only where it changes: Prometheus reads it again each time. */
export const writeTargets = (file: string, targets: Target[]): void => {
  const text = `${JSON.stringify(targets, undefined, 1)}\n`;
  try {
    if (readFileSync(file, 'utf8') === text) return;
  } catch {
    mkdirSync(dirname(file), { recursive: true });
  }
  writeFileSync(`${file}.new`, text, { mode: 0o644 });
  renameSync(`${file}.new`, file);
};
