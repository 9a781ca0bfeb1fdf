import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

describe('Nx', () => {
  // Its own default is one cache in the home folder for all clones: a clean checkout would get its builds and its
  // tests' results from another one, and `npm run reset` would leave them behind.
  it('keeps what it has built and tested in the checkout', () => {
    const code = "process.stdout.write(require('nx/src/utils/cache-directory').cacheDir)";
    expect(execFileSync(process.execPath, ['-e', code], { cwd: root, encoding: 'utf8' })).toBe(join(root, '.nx/cache'));
  });
});
