import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..');

/** The command of compose v2 or later on this machine: Docker's plugin or the program itself. */
const compose = [['docker', 'compose'], ['docker-compose']].find(([program, ...plugin]) => {
  const { status, stdout } = spawnSync(program!, [...plugin, 'version', '--short'], { encoding: 'utf8' });
  return status === 0 && !stdout.startsWith('1.');
});

const config = (...args: string[]) => {
  const [program, ...plugin] = compose!;
  return spawnSync(program!, [...plugin, ...args], { cwd: root, encoding: 'utf8' });
};

(compose ? describe : describe.skip)('docker-compose.yml', () => {
  it('is valid for compose itself', () => {
    const { status, stderr } = config('config', '--quiet');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('is seen to be invalid when it is', () => {
    expect(config('-f', 'e2e/fixtures/invalid-compose.yml', 'config', '--quiet').status).not.toBe(0);
  });
});
