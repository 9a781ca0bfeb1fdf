import { join } from 'node:path';
import { preset } from '../jest.preset.mjs';

const driver = process.env.ALMANAC_SYSTEM ?? 'native';
const shared = preset(import.meta.dirname);

// One system for all suites, started as a user would; the suites break and heal it, so they run one after another.
export default {
  ...shared,
  // The specs of what only one way of running has: READMEs' commands, images, an address of one machine.
  testPathIgnorePatterns: [
    ...shared.testPathIgnorePatterns,
    '/cluster/', // cluster/jest.config.mjs
    ...(driver === 'native' ? [] : ['/readme', '/service-readmes', '/pattern-pages', 'compose.spec']),
    ...(driver === 'compose' ? [] : ['/containers-', '/images.spec']),
    ...(driver === 'cluster' ? ['address.spec', '/monitoring.spec', '/overload.spec'] : []),
  ],
  reporters: [
    'default',
    [
      join(import.meta.dirname, '../tools/test/reporter.mjs'),
      { project: driver === 'native' ? 'e2e' : `e2e-${driver}` },
    ],
  ],
  globalSetup: './setup.ts',
  globalTeardown: './teardown.ts',
  maxWorkers: 1,
  testTimeout: 240_000,
};
