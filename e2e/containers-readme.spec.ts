import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { composeIn } from './compose.ts';
import { root } from './kube.ts';
import { readReadme, shell } from './readme.ts';
import { system } from './system.ts';

/** What the README says about containers, as it stands there, over the instance of this run. */
const lines = readReadme('README.md').elsewhere.filter((line) => line.startsWith('docker compose'));
const isPlugin = spawnSync('docker', ['compose', 'version']).status === 0;

const shows: [RegExp, RegExp][] = [
  [/ps$/, /dictionary-3.*\(healthy\)/],
  [/logs/, /words loaded/],
];

describe('README.md, with Docker', () => {
  it.each(lines.filter((line) => !line.endsWith(' down')))('%s', async (line) => {
    const command = isPlugin ? line : line.replace('docker compose', 'docker-compose');
    const { status, stdout, stderr } = shell(command);
    expect({ line, status, stderr: status === 0 ? '' : stderr }).toEqual({ line, status: 0, stderr: '' });
    for (const [of, output] of shows) if (of.test(line)) expect(stdout).toMatch(output);
    await system.ready('web');
  });

  it('ends with what the end of this run does, too', () => {
    expect(lines.at(-1)).toBe('docker compose down');
  });

  it('leaves out a part by its profile', async () => {
    const services = async (profiles: string) =>
      (await composeIn(root, { COMPOSE_PROFILES: profiles }, 'config', '--services')).trim().split('\n');
    expect(await services('dictionary')).toContain('dictionary-1');
    expect(await services('')).toEqual(expect.not.arrayContaining(['dictionary-1']));
  });
});
