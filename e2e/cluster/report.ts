// The figures and findings of a run, which tools/test/containers.ts prints at its end.
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../kube.ts';

const reportFile = join(root, '.almanac/report/cluster.md');

export const report = (line: string): void => {
  mkdirSync(dirname(reportFile), { recursive: true });
  appendFileSync(reportFile, `${line}\n`);
};
