import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { until } from './driver.ts';
import { nativeInstance } from './native.ts';

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'README.md'), 'utf8');

/** Commands that cannot run inside the test run, and the file that runs them instead. */
const runElsewhere: Record<string, string> = {
  'npm test': '.ci/run',
  'npm run reset': 'tools/fresh/newcomer.sh',
  'npm start -- --detach': 'tools/fresh/newcomer.sh',
};
/** Commands that take long or need to be root; their own suites stand beside them. */
const named = ['npm run test:fresh', 'npm run bench dictionary'];

const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) => block!.trim().split('\n'));
const commands = blocks.filter((command) => !(command in runElsewhere) && command !== 'npm start');

/** What the README says that a command shows. */
const shows: [RegExp, RegExp][] = [
  [/geese$/, /"word":"goose"/],
  [/prefix=diction/, /"dictionary"/],
  [/definately$/, /"suggestions":\["definitely"/],
  [/status$/, /7 of 7 ready/],
  [/npm stop$/, /Stopped: .*edge/],
];

describe('README.md', () => {
  const instance = nativeInstance();
  const env = { ...process.env, ...instance };
  /** The instance of this test stands elsewhere than the one that the README speaks of. */
  const here = (command: string) =>
    command
      .replaceAll('localhost:8443', `${instance.PUBLISH}:8443`)
      .replaceAll('.almanac/certs', `${instance.ALMANAC_STATE}/certs`);
  const shell = (command: string) => spawnSync('bash', ['-c', here(command)], { cwd: root, env, encoding: 'utf8' });

  afterAll(() => {
    shell('npm stop');
    rmSync(instance.ALMANAC_STATE, { recursive: true, force: true });
  });

  it('starts with npm start, in the foreground', async () => {
    expect(blocks[0]).toBe('npm start');
    const start = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    start.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
    await until('the address to open', () => /^Ready in .*https:\/\//m.test(output), 90_000);
  });

  it.each(commands)('%s', async (command) => {
    // What the command before has broken comes back by itself.
    if (!/release|stop/.test(command)) await until('all ready', () => shell('npm run status').status === 0, 60_000);
    const { status, stdout, stderr } = shell(command);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const shown = shows.find(([asked]) => asked.test(command))?.[1];
    if (shown) expect(stdout).toMatch(shown);
  });

  it('names no other command that no test runs', () => {
    const inline = [...text.matchAll(/`(npm [^`<[]+?)( \[.*?\])?`/g)].map(([, command]) => command!.trim());
    const known = new Set([...blocks, ...Object.keys(runElsewhere), ...named]);
    const scripts = new Set([...known].map((command) => command.split(' ').slice(0, 3).join(' ')));
    expect(inline.filter((command) => !known.has(command) && !scripts.has(command))).toEqual(['npm start dictionary']);
    for (const [command, file] of Object.entries(runElsewhere)) {
      expect(readFileSync(join(root, file), 'utf8')).toContain(command);
    }
  });
});
