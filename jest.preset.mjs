// Jest for every project: native ESM, TypeScript through SWC, our own packages from their sources.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = import.meta.dirname;

/** @param {string} dir */
const projectName = (dir) => JSON.parse(readFileSync(join(dir, 'project.json'), 'utf8')).name;

/** @param {string} dir the project's folder @returns {import('jest').Config} */
export const preset = (dir) => ({
  rootDir: dir,
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@almanac/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      join(root, 'node_modules/@swc/jest/index.js'),
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  testTimeout: 60_000,
  reporters: ['default', [join(root, 'tools/test/reporter.mjs'), { project: projectName(dir) }]],
});
