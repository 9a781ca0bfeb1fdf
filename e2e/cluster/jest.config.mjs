import { join } from 'node:path';
import { preset } from '../../jest.preset.mjs';

const reporter = join(import.meta.dirname, '../../tools/test/reporter.mjs');

// Releases of their own, installed, broken and removed one after another.
export default {
  ...preset(join(import.meta.dirname, '..')),
  testMatch: ['**/cluster/*.spec.ts'],
  reporters: ['default', [reporter, { project: 'cluster' }]],
  maxWorkers: 1,
  testTimeout: 600_000,
};
