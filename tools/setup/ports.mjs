// Whether a port can be listened on and, if not, who has it.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/** @param {string} address IPv4 @returns {string[]} how /proc/net/tcp and tcp6 write it, and "every address" */
const written = (address) => {
  const hex = address
    .split('.')
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'))
    .reverse()
    .join('');
  return [hex, `0000000000000000FFFF0000${hex}`, '0'.repeat(8), '0'.repeat(32)];
};

/** @param {string} address @param {number} port @returns {string[]} inodes of the sockets that listen there */
const listeningInodes = (address, port) => {
  const places = written(address).map((host) => `${host}:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  return ['/proc/net/tcp', '/proc/net/tcp6'].filter(existsSync).flatMap((path) => {
    const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1);
    const fields = lines.map((line) => line.trim().split(/\s+/));
    return fields
      .filter(([, local, , state]) => places.includes(String(local)) && state === '0A')
      .map((field) => String(field[9]));
  });
};

/** @param {string[]} inodes @returns {string} the process that has one of the sockets open, as far as this user may know */
const ownerOf = (inodes) => {
  const links = new Set(inodes.map((inode) => `socket:[${inode}]`));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fds = readdirSync(`/proc/${pid}/fd`);
      if (fds.some((fd) => links.has(readlinkSync(`/proc/${pid}/fd/${fd}`)))) {
        return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
      }
    } catch {
      // The process ended meanwhile, or is another user's.
    }
  }
  return 'another user’s process';
};

/**
 * @param {string} address
 * @param {number} port
 * @returns {Promise<string | undefined>} who has the port, or why it cannot be had; undefined: it is free
 */
export const portHolder = (address, port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE') resolve(ownerOf(listeningInodes(address, port)));
      else if (error.code === 'EACCES') resolve('the system (only root may listen below 1024)');
      else if (error.code === 'EADDRNOTAVAIL') resolve('nobody: this machine does not have that address');
      else resolve(String(error.code));
    });
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
