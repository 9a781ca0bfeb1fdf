import { preset } from '../jest.preset.mjs';

// One system for all suites, started as a user would; the suites break and heal it, so they run one after another.
export default {
  ...preset(import.meta.dirname),
  globalSetup: './setup.ts',
  globalTeardown: './teardown.ts',
  maxWorkers: 1,
  testTimeout: 120_000,
};
