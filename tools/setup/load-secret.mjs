// The secret that load tests show to the edge, so that each of their visitors counts as one: <state>/load-secret.
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const isGood = (/** @type {string} */ path) => {
  try {
    return /^[\w.-]{22,256}\n?$/.test(readFileSync(path, 'utf8')); // 128 bits at least, in base64url.
  } catch {
    return false;
  }
};

/** Makes it where there is none, or none that is long enough; for its owner's eyes only. @param {string} folder */
export const makeLoadSecret = (folder) => {
  const path = join(folder, 'load-secret');
  if (isGood(path)) return chmodSync(path, 0o600);
  rmSync(`${path}.new`, { force: true });
  writeFileSync(`${path}.new`, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(`${path}.new`, path);
};
