import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const cli = join(import.meta.dirname, 'cli.ts');
const state = mkdtempSync(join(tmpdir(), 'almanac-lab-'));
afterAll(() => rmSync(state, { recursive: true }));

const lab = (...args: string[]) => {
  const env = { ...process.env, ALMANAC_STATE: state };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@almanac/source', cli, ...args], {
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

describe('npm run lab', () => {
  it('lists the experiments', () => {
    const { status, stdout } = lab();
    expect(status).toBe(0);
    expect(stdout).toMatch(/^replica-killed +A replica is killed +Replicated service$/m);
  });

  it('lists them for programs', () => {
    const listed = JSON.parse(lab('--json').stdout) as object[];
    expect(listed).toContainEqual(expect.objectContaining({ name: 'stampede', pattern: 'Caching layer' }));
  });

  it('says that nothing runs', () => {
    const stderr = 'Almanac does not run, or does not answer. `npm start` starts it.\n';
    expect(lab('stampede')).toEqual({ status: 1, stdout: '', stderr });
  });

  it('names the experiments that there are', () => {
    expect(lab('nope')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^There is no experiment "nope"\. There are: cache-killed, certificate-rotated, .*\.\n$/,
      ),
    });
  });
});
