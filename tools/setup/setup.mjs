// The steps from a fresh machine to a system that can start. Each looks first whether it has been done.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from './certificates.mjs';
import { Failure } from './failure.mjs';
import { makeLoadSecret } from './load-secret.mjs';
import { tryLock } from './lock.mjs';
import { assertOurs, assertPath, assertRoom, assertSupported, pathOf } from './machine.mjs';
import { installPackages } from './packages.mjs';
import { run, say, step } from './run.mjs';
import {
  installLibraries,
  installToolchain,
  isPrepared,
  missingLibraries,
  nodeOf,
  toolEnvironment,
} from './toolchain.mjs';

/** MiB: what npm's packages and Debian's take, measured, and some air; and what a running system may write. */
const room = { first: 2048, later: 200 };

const logOf = (/** @type {string} */ root) => join(root, '.almanac/setup.log');

/**
 * @template T
 * @param {string} root @param {() => Promise<T>} work @returns {Promise<T>}
 */
const alone = async (root, work) => {
  const lock = tryLock(join(root, '.almanac/setup.lock'));
  if ('holder' in lock)
    throw new Failure(
      `Almanac is being set up already (process ${lock.holder}). Wait for it, or end it, and start again.`,
    );
  try {
    return await work();
  } finally {
    lock.release();
  }
};

/** @param {string} root */
const prepareAlone = async (root) => {
  await installToolchain(root, logOf(root));
  // One library may hide another.
  for (let lacking = missingLibraries(root); lacking.length > 0; lacking = missingLibraries(root)) {
    await installPackages(root, logOf(root), lacking, 'Node.js 24');
  }
  await installLibraries(root, logOf(root));
};

/** What must be so before anything is changed. @param {string} root */
export const preflight = (root) => {
  assertSupported({ platform: process.platform, arch: process.arch, path: pathOf(process.env) });
  assertPath('checkout', root);
  assertPath('state', process.env['ALMANAC_STATE'] ?? '');
  assertOurs(root);
  assertRoom(root, isPrepared(root) ? room.later : room.first);
  mkdirSync(join(root, '.almanac'), { recursive: true });
};

/** Node.js 24 and the npm packages: what building and checking the code needs. @param {string} root */
export const prepare = async (root) => {
  preflight(root);
  await alone(root, () => prepareAlone(root));
};

/** @param {string} root @param {string[]} parts @returns {{ packages: string[], projects: string[], state: string, publish: string }} */
const planOf = (root, parts) => {
  const options = /** @type {const} */ ({ encoding: 'utf8', cwd: root, env: toolEnvironment(root) });
  const { status, stdout, stderr } = spawnSync(
    nodeOf(root),
    [join(root, 'tools/runner/cli.ts'), 'plan', ...parts],
    options,
  );
  if (status !== 0) throw new Failure(stderr.trim());
  return JSON.parse(stdout);
};

/**
 * Everything that the parts need to run.
 * @param {string} root @param {string[]} parts none: those of COMPOSE_PROFILES
 * @param {{ forTests?: boolean }} [options]
 */
export const setUp = async (root, parts, { forTests = false } = {}) => {
  preflight(root);
  await alone(root, async () => {
    await prepareAlone(root);
    const { packages, projects, state, publish } = planOf(root, parts);
    assertPath('state', state); // It may be set in .env as well.
    // The browser that the system suite looks through, and what the READMEs' commands call.
    const wanted = forTests ? [...packages, 'chromium', 'curl', 'wrk'] : packages;
    await installPackages(root, logOf(root), wanted, forTests ? 'Testing Almanac' : 'Almanac');
    if (makeCertificates(join(state, 'certs'), publish).includes('ca')) {
      say(
        '• Made a local certificate authority, for this machine’s addresses only (README.md, “Trust the certificate”).',
      );
    }
    makeLoadSecret(state);
    if (projects.length > 0 && !forTests) await build(root, projects);
  });
};

/** @param {string} root @param {string[]} projects */
const build = (root, projects) =>
  step(`Building ${projects.join(', ')}`, () => {
    const nx = join(root, 'node_modules/nx/dist/bin/nx.js');
    const args = [nx, 'run-many', '-t', 'build', '-p', projects.join(','), '--outputStyle=static'];
    return run('Building', logOf(root), nodeOf(root), args, { cwd: root, env: toolEnvironment(root) });
  });
