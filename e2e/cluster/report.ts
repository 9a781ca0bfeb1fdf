// The figures and findings of a run, for whoever reads its end: .almanac/report/cluster.md.
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../kube.ts';

export const reportFile = join(root, '.almanac/report/cluster.md');

export const report = (line: string): void => {
  mkdirSync(dirname(reportFile), { recursive: true });
  appendFileSync(reportFile, `${line}\n`);
};
export const clearReport = (): void => rmSync(reportFile, { force: true });
export const readReport = (): string => readFileSync(reportFile, 'utf8');
