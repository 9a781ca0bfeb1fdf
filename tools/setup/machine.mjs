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

// What tools/render puts into no configuration file (the servers' files name these folders), and what a PATH, which
// names the checkout's programs, cannot hold.
const unsafe = { state: /[\p{Cc}"'`{}\\;$#]/u, checkout: /[\p{Cc}"'`{}\\;$#:]/u };
const remedies = { state: 'Set ALMANAC_STATE to another folder', checkout: 'Move the checkout' };

/** @param {'checkout' | 'state'} what @param {string} folder */
export const assertPath = (what, folder) => {
  const [character] = unsafe[what].exec(folder) ?? [];
  if (character === undefined) return;
  const name = /\p{Cc}/u.test(character) ? 'a control character' : character;
  throw new Failure(
    `The path of the ${what} folder, ${JSON.stringify(folder)}, may not hold ${name}, because configurations and PATH name it. ${remedies[what]} and start again.`,
  );
};

/** A path that assertPath takes, as one word of a person's shell. @param {string} path */
export const shellWord = (path) => (/^[\w/.,:@%+=-]+$/.test(path) ? path : `'${path}'`);

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
