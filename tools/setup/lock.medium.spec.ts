import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loopback } from '@almanac/testing';
import { tryLock } from './lock.mjs';
import { portHolder } from './ports.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'almanac-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe(tryLock, () => {
  it('is had by one at a time, who is known, until released', () => {
    const lock = tryLock(join(folder, 'deep/lock'));
    expect(tryLock(join(folder, 'deep/lock'))).toEqual({ holder: process.pid });
    if ('release' in lock) lock.release();
    expect(tryLock(join(folder, 'deep/lock'))).toHaveProperty('release');
  });

  it('never gives the pid of somebody else for the holder', () => {
    tryLock(join(folder, 'lock'));
    expect(tryLock(join(folder, 'lock'))).toEqual({ holder: process.pid });
    writeFileSync(join(folder, 'lock'), String(process.ppid)); // as it was before the holder wrote its own
    expect(tryLock(join(folder, 'lock'))).toEqual({ holder: 0 });
  });

  it('ends with a process that is killed, though what it started goes on', async () => {
    const script = `
      import { spawn } from 'node:child_process';
      import { tryLock } from '${import.meta.dirname}/lock.mjs';
      globalThis.lock = tryLock('${folder}/lock');
      const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
      process.stdout.write(String(child.pid));
      setInterval(() => undefined, 60_000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const [childPid] = await once(holder.stdout, 'data');
    expect(tryLock(join(folder, 'lock'))).toEqual({ holder: holder.pid });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(tryLock(join(folder, 'lock'))).toHaveProperty('release');
    process.kill(Number(childPid), 'SIGKILL');
  });
});

describe(portHolder, () => {
  const address = loopback().address();
  it.each([address, '0.0.0.0', '::'])('names who listens on %s', async (host) => {
    expect(await portHolder(address, 34567)).toBeUndefined();
    const server = createServer().listen({ port: 34567, host });
    await once(server, 'listening');
    expect(await portHolder(address, 34567)).toMatch(new RegExp(` \\(process ${process.pid}\\)$`));
    server.close();
    await once(server, 'close');
  });
  it('says that the machine does not have an address', async () => {
    expect(await portHolder('192.0.2.1', 34567)).toBe('nobody: this machine does not have that address');
  });
});
