// A lock that cannot go stale: the kernel's flock on a file that this process keeps open. It ends with the process,
// however that ends. Node has no flock(2), but a lock belongs to the open file, so a child that inherits it can take it.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  fstatSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * @param {string} path the lock's file, made when missing; it then holds the pid of who has the lock
 * @returns {{ release: () => void } | { holder: number }} the lock, or the pid of the process that has it (0: not known)
 */
export const tryLock = (path) => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, 'a+');
  const { status } = spawnSync('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  if (status !== 0) {
    const file = fstatSync(fd);
    closeSync(fd);
    const pid = Number(readFileSync(path, 'utf8'));
    return { holder: hasOpen(pid, file) ? pid : 0 };
  }
  ftruncateSync(fd);
  writeSync(fd, String(process.pid));
  return { release: () => closeSync(fd) };
};

// For a moment after the lock was taken the file names who had it before: by now that pid may be a stranger's.
const hasOpen = (/** @type {number} */ pid, /** @type {import('node:fs').Stats} */ file) => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const { dev, ino } = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false }) ?? {};
      return dev === file.dev && ino === file.ino;
    });
  } catch {
    return false;
  }
};
