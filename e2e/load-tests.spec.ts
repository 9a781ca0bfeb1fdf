import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limitForgotten } from './limit.ts';
import { system } from './system.ts';

const root = join(import.meta.dirname, '..');
const scripts = globSync('loadtests/*.ts', { cwd: root })
  .map((file) => basename(file, '.ts'))
  .filter((name) => name !== 'edge');
/** CI has it, and there a skipped test is a failure. */
const hasK6 = spawnSync('k6', ['version']).status === 0;

(hasK6 ? describe : describe.skip)('a load test', () => {
  const folder = mkdtempSync(join(tmpdir(), 'almanac-load-'));
  beforeAll(async () => {
    writeFileSync(join(folder, 'ca.crt'), system.ca);
    await system.ready(...Object.keys(await system.states()));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await limitForgotten();
  });
  const load = (name: string, more: NodeJS.ProcessEnv = {}) => {
    const where = { BASE_URL: system.url, CA_FILE: join(folder, 'ca.crt'), LOAD_SECRET: system.loadSecret };
    const env = { ...process.env, ...where, SECONDS: '4', ...more };
    return spawnSync(process.execPath, [join(root, 'tools/almanac.mjs'), 'load', name], {
      cwd: root,
      env,
      encoding: 'utf8',
      timeout: 120_000,
    });
  };

  it.each(scripts)('holds what %s promises', (name) => {
    const { status, stdout, stderr } = load(name);
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  });

  /** k6's own status where a threshold is crossed. */
  const crossed = 99;
  it.each([
    ['copies are few', 'caching-layer', { WORDS: '100000' }, /✗ 'rate>0\.8'/],
    ['answers are late', 'replicated-service', { DEADLINE_MS: '0.001' }, /✗ 'max<0\.001'/],
    ['more gets through than the limit says', 'rate-limiting', { BURST: '1', REFILL_MS: '1000' }, /✗ 'count<=7'/],
    ['a visitor is refused', 'caching-layer', { LOAD_SECRET: 'another', PER_SECOND: '250' }, /✗ 'rate==0'/],
  ])('does not hold where %s', (_, name, more, says) => {
    const { status, stdout } = load(name, more);
    expect({ status, stdout }).toEqual({ status: crossed, stdout: expect.stringMatching(says) });
  });

  it('is not made where nobody trusts the certificate', () => {
    const { status, stdout, stderr } = load('the-whole-chain', { CA_FILE: '/dev/null', SECONDS: '1' });
    expect({ status, said: stdout + stderr }).toEqual({ status: crossed, said: expect.stringMatching(/x509/) });
  });

  it('names those that there are', () => {
    expect(load('nope')).toMatchObject({ status: 1, stderr: expect.stringContaining(scripts.sort().join(', ')) });
  });
});
