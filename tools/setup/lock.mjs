// A lock that cannot go stale: the kernel's flock on a file that this process keeps open. It ends with the process,
// however that ends. Node has no flock(2), but a lock belongs to the open file, so a child that inherits it can take it.
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @param {string} path the lock's file, made when missing; it then holds the pid of who has the lock
 * @returns {{ release: () => void } | { holder: number }} the lock, or the pid of the process that has it (0: not known)
 */
export const tryLock = (path) => {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'a+');
  const { status } = spawnSync('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  if (status !== 0) {
    closeSync(fd);
    return { holder: Number(readFileSync(path, 'utf8')) };
  }
  ftruncateSync(fd);
  writeSync(fd, String(process.pid));
  return { release: () => closeSync(fd) };
};
