// What the npm scripts run. Plain JavaScript without dependencies, for the Node.js that a machine happens to have (18.13
// or later): it brings everything else, each thing once, and hands over to Node.js 24.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './setup/arguments.mjs';
import { Failure } from './setup/failure.mjs';
import { handOver } from './setup/hand-over.mjs';
import { tryLock } from './setup/lock.mjs';
import { assertOurs } from './setup/machine.mjs';
import { say } from './setup/run.mjs';
import { preflight, prepare, setUp } from './setup/setup.mjs';
import { nodeOf, toolEnvironment } from './setup/toolchain.mjs';
import { test } from './setup/test.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const state = process.env['ALMANAC_STATE'] ?? join(root, '.almanac');
const began = String(Date.now());

/** @param {string[]} args @param {string} [whenKilled] */
const node24 = (args, whenKilled) => {
  const env = { ...toolEnvironment(root), ALMANAC_BEGAN_MS: began };
  return handOver(nodeOf(root), args, { cwd: root, env, ...(whenKilled && { whenKilled }) });
};
const runnerFile = join(root, 'tools/runner/cli.ts');
const runner = (/** @type {string[]} */ ...args) => node24([runnerFile, ...args]);

/** Without its Node.js nothing of Almanac can run, nor can what would look. */
const isSetUp = () => existsSync(nodeOf(root)) && existsSync(join(root, 'node_modules/yaml'));

/** Before the set-up, which may replace what the running system uses. */
const assertNotRunning = () => {
  const path = join(state, 'run/lock');
  const lock = existsSync(path) ? tryLock(path) : undefined;
  if (lock && 'holder' in lock) {
    throw new Failure(
      `Almanac already runs (process ${lock.holder}): \`npm run status\` shows it, \`npm stop\` ends it.`,
    );
  }
  lock?.release();
};

const main = async (/** @type {string[]} */ [command = 'start', ...args]) => {
  switch (command) {
    case 'start': {
      const { names: parts } = readArguments(command, args);
      preflight(root);
      assertNotRunning();
      await setUp(root, parts);
      return node24(
        [runnerFile, 'start', ...args],
        'What it had started may go on: `npm start` takes over, `npm stop` ends it.',
      );
    }
    case 'stop':
    case 'status':
    case 'logs':
    case 'kill':
    case 'restart':
    case 'hold':
    case 'release':
    case 'rotate':
      readArguments(command, args);
      if (isSetUp()) return runner(command, ...args);
      say('Almanac is not set up here: nothing of it runs. `npm start` sets it up and starts it.');
      return command === 'stop' ? 0 : 1;
    case 'reset':
      readArguments(command, args);
      assertOurs(root);
      if (isSetUp() && (await runner('stop')) !== 0) return 1;
      for (const folder of ['.almanac', '.nx']) rmSync(join(root, folder), { recursive: true, force: true });
      say('Removed .almanac and .nx. The next `npm start` sets everything up again.');
      return 0;
    case 'test':
      return test(root, readArguments(command, args), { setUp: () => setUp(root, ['*'], { forTests: true }) });
    case 'nx':
      await prepare(root);
      return node24([join(root, 'node_modules/nx/dist/bin/nx.js'), ...args]);
    case 'images':
      await prepare(root);
      return node24([join(root, 'tools/images/images.ts'), ...args]);
    case 'test:compose':
    case 'test:cluster': {
      const { names } = readArguments(command, args);
      await setUp(root, [], { forTests: true });
      const built = await node24([join(root, 'node_modules/nx/dist/bin/nx.js'), 'build', 'e2e']);
      return built || node24([join(root, 'tools/test/containers.ts'), command.replace('test:', ''), ...names]);
    }
    case 'soak': {
      const { names } = readArguments(command, args);
      await setUp(root, [], { forTests: true });
      const built = await node24([join(root, 'node_modules/nx/dist/bin/nx.js'), 'build', 'e2e']);
      return built || node24([join(root, 'tools/soak/cli.ts'), ...names]);
    }
    case 'lab':
      readArguments(command, args);
      if (!isSetUp()) throw new Failure('Almanac is not set up here. `npm start` sets it up and starts it.');
      // Our own packages from their sources: nothing is built for it.
      return node24(['--conditions=@almanac/source', join(root, 'tools/lab/cli.ts'), ...args]);
    case 'load':
      readArguments(command, args);
      if (!isSetUp()) throw new Failure('Almanac is not set up here. `npm start` sets it up and starts it.');
      return node24([join(root, 'tools/load/load.ts'), ...args]);
    case 'bench':
    case 'test:fresh':
      readArguments(command, args);
      await prepare(root);
      return command === 'bench'
        ? node24(['--conditions=@almanac/source', join(root, 'tools/bench/bench.ts'), ...args])
        : node24([join(root, 'tools/fresh/fresh.ts'), ...args]);
    default:
      throw new Failure(
        `"${command}" is none of start, stop, status, logs, kill, restart, hold, release, rotate, lab, load, reset, test, test:compose, test:cluster, images, nx, bench, soak, test:fresh.`,
      );
  }
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Failure ? `\n${error.message}` : error);
  process.exitCode = 1;
}
