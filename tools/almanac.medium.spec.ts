import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tryLock } from './setup/lock.mjs';

const repository = join(import.meta.dirname, '..');
const isRoot = process.getuid?.() === 0;
const asNobody = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
/** Namespaces for anybody. */
const unshare = ['unshare', ...(isRoot ? [] : ['--map-root-user'])];

// A checkout that nothing has been set up in, as a new user has it.
let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'almanac-checkout-'));
  for (const name of ['package.json', 'package-lock.json', '.npmrc', '.env', 'docker-compose.yml']) {
    cpSync(join(repository, name), join(checkout, name));
  }
  for (const name of readdirSync(join(repository, 'tools')).filter((one) => !['bench', 'fresh'].includes(one))) {
    cpSync(join(repository, 'tools', name), join(checkout, 'tools', name), { recursive: true });
  }
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

const run = (command: string[], environment: Record<string, string> = {}) => {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, npm_config_cache: join(checkout, 'cache'), ...environment };
  const [program, ...args] = command;
  const { status, stdout, stderr } = spawnSync(program!, args, {
    cwd: checkout,
    env,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status, output: stdout + stderr, last: (stdout + stderr).trim().split('\n').at(-1) };
};
const almanac = (...args: string[]) => [process.execPath, join(checkout, 'tools/almanac.mjs'), ...args];
const isHalfDone = () => existsSync(join(checkout, '.almanac/run')) || existsSync(join(checkout, 'node_modules'));

describe('npm start on a machine where something is wrong', () => {
  it('without a network: says so', () => {
    const { status, output, last } = run([...unshare, '--net', ...almanac('start')]);
    expect({ status, last }).toEqual({
      status: 1,
      last: expect.stringMatching(
        /^Fetching Node\.js failed: there is no network, or the package registry does not answer\. Connect/,
      ),
    });
    expect(output).not.toMatch(/^\s+at /m);
    expect(isHalfDone()).toBe(false);
  });

  it('with a full disk: says how much room is needed', () => {
    const small = join(checkout, 'small');
    mkdirSync(small);
    const script =
      'mount -t tmpfs -o size=20m tmpfs small && cp -r tools package*.json .env .npmrc small && exec "$0" small/tools/almanac.mjs start';
    const { status, output } = run([...unshare, '--mount', 'sh', '-c', script, process.execPath]);
    expect({ status, output }).toEqual({
      status: 1,
      output: expect.stringMatching(
        /^\nThe disk of \S+ has \d+ MiB left, Almanac needs \d+ MiB\. Make room and start again\.\n$/,
      ),
    });
  });

  (isRoot ? it : it.skip)('with a checkout of another user: says how to get it back', () => {
    spawnSync('chmod', ['755', checkout]);
    const { status, output } = run([...asNobody, '/usr/bin/env', ...almanac('start')]);
    expect({ status, output }).toEqual({
      status: 1,
      output: expect.stringMatching(
        /^\n\S+ may not be written by you .* `sudo chown -R "\$USER" \S+` and start again\.\n$/,
      ),
    });
  });

  it('with a state folder that no configuration can name: says so before any set-up', () => {
    expect(run(almanac('start'), { ALMANAC_STATE: '/srv/a$b' })).toMatchObject({
      status: 1,
      output:
        '\nThe path of the state folder, "/srv/a$b", may not hold $, because configurations and PATH name it. Set ALMANAC_STATE to another folder and start again.\n',
    });
    expect(existsSync(join(checkout, '.almanac'))).toBe(false);
  });

  it('without the right to install packages: prints the command and changes nothing', () => {
    writeFileSync(
      join(checkout, 'install.mjs'),
      `import { installPackages } from './tools/setup/packages.mjs';
       await installPackages('/checkout', '/nowhere/log', ['bash', 'no-such-package'], 'Almanac').catch((error) => console.log(error.message));`,
    );
    spawnSync('chmod', ['-R', 'a+rX', checkout]);
    // An empty PATH before the system's has no effect on where sudo is; nobody may use it without a password.
    const { output } = run([...asNobody, process.execPath, join(checkout, 'install.mjs')]);
    expect(output).toBe(
      'Almanac needs the system packages no-such-package, which only root may install. As root, run:\n' +
        '  sh /checkout/tools/setup/install-packages.sh no-such-package\n' +
        'It starts and enables no system service. Then start again.\n',
    );
  });

  it('while it is being set up already: says by whom', () => {
    const lock = tryLock(join(checkout, '.almanac/setup.lock'));
    const { status, output } = run(almanac('start'));
    if ('release' in lock) lock.release();
    expect({ status, output }).toEqual({
      status: 1,
      output: `\nAlmanac is being set up already (process ${process.pid}). Wait for it, or end it, and start again.\n`,
    });
  });

  it('while it runs already: says so before any set-up', () => {
    const lock = tryLock(join(checkout, '.almanac/run/lock'));
    const { status, output } = run(almanac('start'));
    if ('release' in lock) lock.release();
    expect({ status, output }).toEqual({
      status: 1,
      output: expect.stringContaining(`Almanac already runs (process ${process.pid})`),
    });
  });

  it('after a set-up that was cut off: starts again with what was not finished', () => {
    // What npm leaves half-way has no stamp; a second attempt must not take it for whole.
    mkdirSync(join(checkout, '.almanac/toolchain/node_modules/.bin'), { recursive: true });
    writeFileSync(join(checkout, '.almanac/toolchain/node_modules/.bin/node'), 'half a file', { mode: 0o755 });
    const { last } = run([...unshare, '--net', ...almanac('start')]);
    expect(last).toMatch(/^Fetching Node\.js failed: there is no network/);
  });
});

describe('the other commands, before any set-up', () => {
  it.each([
    ['stop', 0],
    ['status', 1],
    ['logs', 1],
  ])('%s says that nothing runs', (command, status) => {
    expect(run(almanac(command))).toMatchObject({
      status,
      output: 'Almanac is not set up here: nothing of it runs. `npm start` sets it up and starts it.\n',
    });
  });

  it('reset removes what there is', () => {
    writeFileSync(join(checkout, 'keep'), '');
    mkdirSync(join(checkout, '.almanac/certs'), { recursive: true });
    expect(run(almanac('reset')).status).toBe(0);
    expect([existsSync(join(checkout, '.almanac')), existsSync(join(checkout, 'keep'))]).toEqual([false, true]);
  });

  (isRoot ? it : it.skip)('reset removes nothing of another user, and says how to get it back', () => {
    mkdirSync(join(checkout, '.almanac/certs'), { recursive: true });
    spawnSync('chmod', ['-R', 'a+rX', checkout]);
    expect(run([...asNobody, '/usr/bin/env', ...almanac('reset')])).toMatchObject({
      status: 1,
      output: expect.stringMatching(
        /^\n\S+ may not be written by you .* `sudo chown -R "\$USER" \S+` and start again\.\n$/,
      ),
    });
    expect(existsSync(join(checkout, '.almanac/certs'))).toBe(true);
  });

  it.each([
    ['start', '--foo'],
    ['stop', 'now'],
    ['reset', 'dictionary-1'],
    ['test', '--foo'],
    ['test:fresh', 'sid'],
  ])('%s %s is refused in a sentence, and nothing is done', (command, argument) => {
    mkdirSync(join(checkout, '.almanac/certs'), { recursive: true });
    expect(run(almanac(command, argument))).toMatchObject({
      status: 1,
      output: expect.stringMatching(new RegExp(`^\\n"${argument}" is not understood here, it is .*\\n$`)),
    });
    expect(readdirSync(join(checkout, '.almanac'))).toEqual(['certs']);
  });

  it('an unknown one is answered with those that there are', () => {
    expect(run(almanac('dance'))).toMatchObject({
      status: 1,
      output: expect.stringMatching(/^\n"dance" is none of start, stop, status/),
    });
  });
});

describe('what runs before Node.js 24 is there', () => {
  const files = [
    'almanac.mjs',
    ...readdirSync(join(import.meta.dirname, 'setup'))
      .filter((name) => name.endsWith('.mjs'))
      .map((name) => `setup/${name}`),
  ];
  it.each(files)('%s imports nothing but Node.js’ own and its neighbours', (name) => {
    const imports = [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(/ from '([^']+)'/g)].map(
      ([, from]) => from!,
    );
    const { builtinModules } = createRequire(import.meta.url)('node:module') as typeof import('node:module');
    for (const from of imports) {
      const isOwn = from.startsWith('node:') && builtinModules.includes(from.slice(5));
      expect({ from, ok: isOwn || (from.startsWith('./') && from.endsWith('.mjs')) }).toEqual({ from, ok: true });
    }
  });
});
