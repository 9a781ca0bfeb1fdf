// Node.js and npm of the versions that the project is tested with, and the project's own packages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { pathOf } from './machine.mjs';
import { run, step } from './run.mjs';

/** @param {string[]} files */
const hashOf = (...files) =>
  files.reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256')).digest('hex');

// `npm ci` removes node_modules first, so a stamp in it says that the install came to its end.
/** @param {string} folder */
const stampOf = (folder) => join(folder, 'node_modules/.almanac-installed');
/** @param {string} folder @param {string} hash */
const isInstalled = (folder, hash) => existsSync(stampOf(folder)) && readFileSync(stampOf(folder), 'utf8') === hash;

const kept = [
  'npm_config_registry',
  'npm_config_cache',
  'npm_config_cafile',
  'npm_config_proxy',
  'npm_config_https_proxy',
];

/** This environment without what the npm that runs this script tells its children, which another npm does not know. */
const ownEnvironment = () => {
  const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.includes(name.toLowerCase()));
  return { ...Object.fromEntries(own), PATH: pathOf(process.env) };
};

/**
 * The environment for what the set-up runs: the toolchain first on the PATH.
 * @param {string} root @returns {NodeJS.ProcessEnv}
 */
export const toolEnvironment = (root) => {
  const path = `${join(root, '.almanac/toolchain/node_modules/.bin')}:${pathOf(process.env)}`;
  return { ...ownEnvironment(), PATH: path, NX_DAEMON: 'false', NX_TUI: 'false' };
};

/** @param {string} root */
export const nodeOf = (root) => join(root, '.almanac/toolchain/node_modules/.bin/node');

// Retried soon and not for long: without a network a person should read so within seconds.
const npmOptions = [
  'ci',
  '--ignore-scripts',
  '--prefer-offline',
  '--loglevel=error',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=4000',
];

/** @param {string} root @param {string} log */
export const installToolchain = async (root, log) => {
  const folder = join(root, '.almanac/toolchain');
  const files = ['package.json', 'package-lock.json', '.npmrc'];
  const hash = hashOf(...files.map((file) => join(root, 'tools/toolchain', file)));
  if (isInstalled(folder, hash)) return;
  await step('Fetching Node.js 24 and npm 11 into .almanac', async () => {
    mkdirSync(folder, { recursive: true });
    for (const file of files) copyFileSync(join(root, 'tools/toolchain', file), join(folder, file));
    const npm = process.env['npm_execpath'];
    const [program, ...before] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
    await run('Fetching Node.js', log, program, [...before, ...npmOptions], {
      cwd: folder,
      env: ownEnvironment(), // The toolchain may be there by half.
    });
    // npm 9 does not link the program of a package that is optional because it is for one architecture.
    rmSync(nodeOf(root), { force: true });
    symlinkSync(`../node-linux-${process.arch}/bin/node`, nodeOf(root));
    writeFileSync(stampOf(folder), hash);
  });
};

const libraryPackages = {
  'libatomic.so.1': 'libatomic1',
  'libstdc++.so.6': 'libstdc++6',
  'libgcc_s.so.1': 'libgcc-s1',
};

/** @param {string} root @returns {string[]} the packages of the libraries that the toolchain's Node.js lacks here */
export const missingLibraries = (root) => {
  const { status, stderr, error } = spawnSync(nodeOf(root), ['--version'], { encoding: 'utf8' });
  if (status === 0) return [];
  const library = /(\S+): cannot open shared object file/.exec(stderr ?? '')?.[1];
  const name = library && libraryPackages[/** @type {keyof typeof libraryPackages} */ (library)];
  if (name) return [name];
  if (/GLIBC/.test(stderr ?? ''))
    throw new Failure(
      'This system is too old for Node.js 24: Almanac needs Debian 12 or later, or Ubuntu 24.04 or later.',
    );
  throw new Failure(
    `Node.js 24 does not run here: ${(stderr || error?.message || `status ${status}`).trim().split('\n')[0]}`,
  );
};

const lockHashOf = (/** @type {string} */ root) => hashOf(join(root, 'package-lock.json'), join(root, '.npmrc'));
/** @param {string} root */
export const isPrepared = (root) => isInstalled(root, lockHashOf(root));

/** @param {string} root @param {string} log */
export const installLibraries = async (root, log) => {
  if (isPrepared(root)) return;
  const hash = lockHashOf(root);
  await step('Installing the project’s npm packages', async () => {
    const npm = join(root, '.almanac/toolchain/node_modules/npm/bin/npm-cli.js');
    await run('Installing the npm packages', log, nodeOf(root), [npm, ...npmOptions], {
      cwd: root,
      env: toolEnvironment(root),
    });
    writeFileSync(stampOf(root), hash);
  });
};
