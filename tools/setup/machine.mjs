// Whether this machine can run Almanac natively at all: before anything is changed.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';

const elsewhere = 'There are no container images yet: elsewhere, take a virtual machine with one of these.';

/** @param {NodeJS.ProcessEnv} environment the PATH with the places that Debian has outside a user's PATH */
export const pathOf = (environment) =>
  [environment['PATH'], '/usr/sbin', '/usr/bin', '/sbin', '/bin'].filter(Boolean).join(':');

/** @param {string} program @param {string} path */
const isOn = (program, path) => path.split(':').some((folder) => existsSync(join(folder, program)));

/** @param {string} folder @returns {number} MiB that this user may still write there */
export const freeMebibytes = (folder) => {
  const { stdout } = spawnSync('df', ['-Pm', folder], { encoding: 'utf8' });
  return Number(stdout.trim().split('\n').at(-1)?.split(/\s+/).at(-3));
};

/**
 * @param {{ platform: string, arch: string, path: string }} machine
 */
export const assertSupported = ({ platform, arch, path }) => {
  if (platform !== 'linux')
    throw new Failure(`Natively Almanac runs on Debian and Ubuntu, not on ${platform}. ${elsewhere}`);
  if (arch !== 'x64' && arch !== 'arm64')
    throw new Failure(`Natively Almanac runs on x64 and arm64 processors, not on ${arch}.`);
  const missing = ['apt-get', 'dpkg-query'].find((program) => !isOn(program, path));
  if (missing)
    throw new Failure(`This system has no ${missing}: natively Almanac runs on Debian and Ubuntu. ${elsewhere}`);
};

/** @param {string} folder @param {number} neededMebibytes */
export const assertRoom = (folder, neededMebibytes) => {
  const free = freeMebibytes(folder);
  if (free < neededMebibytes) {
    throw new Failure(
      `The disk of ${folder} has ${free} MiB left, Almanac needs ${neededMebibytes} MiB. Make room and start again.`,
    );
  }
};

/** @param {string} root */
export const assertOurs = (root) => {
  for (const folder of [root, join(root, '.almanac'), join(root, 'node_modules'), join(root, '.nx')].filter(
    existsSync,
  )) {
    try {
      accessSync(folder, constants.W_OK);
    } catch {
      throw new Failure(
        `${folder} may not be written by you (perhaps from a run as root). Give it back with \`sudo chown -R "$USER" ${root}\` and start again.`,
      );
    }
  }
};
