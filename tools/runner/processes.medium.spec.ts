import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loopback, until } from '@almanac/testing';
import { bootId, end, launch, membersOf, memoryOf, parseStat, processesOf, statOf } from './processes.ts';

let folder: string;
let pidFile: string;
let started: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'almanac-processes-'));
  pidFile = join(folder, 'pid');
  started = [];
});
afterEach(() => {
  for (const { pid } of started) for (const member of membersOf(pid!)) process.kill(member.pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

const start = (...command: string[]) => {
  const { PATH } = process.env;
  const child = launch({ command, environment: { PATH }, cwd: '/', pidFile, logFile: join(folder, 'log') });
  started.push(child);
  return child;
};
/** A process that nobody here has launched, in a session of its own. */
const stranger = (script: string, cwd = '/') => {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: 'ignore', cwd });
  started.push(child);
  return child;
};
const record = (pid: number, startTime: string) =>
  writeFileSync(pidFile, `${bootId()} ${pid} (sh) S 1 ${pid} ${pid} ${'0 '.repeat(15)}${startTime} 0\n`);

describe(parseStat, () => {
  it('reads a name with blanks and parentheses', () => {
    const line = `42 (a ) b (c) S 1 42 40 ${'0 '.repeat(15)}777 0 0`;
    expect(parseStat(line)).toEqual({ pid: 42, state: 'S', session: 40, startTime: '777' });
  });
  it('reads nothing from nothing', () => expect(parseStat('')).toBeUndefined());
  it('reads this process', () => expect(statOf(process.pid)).toMatchObject({ pid: process.pid, state: 'R' }));
});

describe(launch, () => {
  it('writes the pid file before the command runs, for a process that is the same after', async () => {
    const child = start('sh', '-c', 'cat "$0" >&2; exec sleep 60', pidFile);
    const logged = await until(() => readFileSync(join(folder, 'log'), 'utf8'), 'the file’s content in the log');
    expect(logged).toBe(readFileSync(pidFile, 'utf8'));
    expect(processesOf(pidFile, folder)).toMatchObject([{ pid: child.pid, session: child.pid }]);
  });

  it('does not run a command whose pid file somebody removed meanwhile', async () => {
    const child = start('touch', join(folder, 'ran'));
    rmSync(pidFile); // Before the event loop could even see the launcher run; it may have come first, too.
    const [code] = await once(child, 'exit');
    expect(existsSync(join(folder, 'ran'))).toBe(code === 0);
  });

  it('hands down no open file of this process', async () => {
    const open = openSync(join(folder, 'open'), 'w');
    const child = start('ls', '-l', '/proc/self/fd');
    await once(child, 'exit');
    closeSync(open);
    const listed = readFileSync(join(folder, 'log'), 'utf8');
    expect(listed).toContain(join(folder, 'log'));
    expect(listed).not.toContain(join(folder, 'open'));
  });
});

describe(end, () => {
  // The threads of a killed process end after its main one: this fails more often than not if they are not waited for.
  it.each([1, 2, 3, 4, 5, 6])('is done when the ports are free, not before (%d)', async (host) => {
    const address = loopback().address(host);
    const listen = `require('http').createServer().listen(8080, '${address}', () => console.log('listening'))`;
    start(process.execPath, '-e', `${listen}; Array.from({ length: 60 }, () => Buffer.alloc(1e6, 1))`);
    await until(() => readFileSync(join(folder, 'log'), 'utf8').includes('listening'), 'it listens');
    await end(pidFile, folder);
    const server = createServer().listen(8080, address);
    await once(server, 'listening');
    server.close();
  });

  it('ends the whole session, be it deaf', async () => {
    const child = start('sh', '-c', 'trap "" TERM; sleep 60 & sleep 60 & wait; sleep 60');
    await until(() => processesOf(pidFile, folder).length === 3, 'three processes');
    await end(pidFile, folder, { graceMs: 100 });
    expect(membersOf(child.pid!)).toEqual([]);
    expect(existsSync(pidFile)).toBe(false);
  });

  it('lets the leader finish within its grace', async () => {
    start('sh', '-c', 'trap "echo finished; exit" TERM; echo up; while :; do sleep 0.05; done');
    await until(() => readFileSync(join(folder, 'log'), 'utf8'), 'up');
    await end(pidFile, folder, { graceMs: 30_000 });
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('up\nfinished\n');
  });

  it('is hurried', async () => {
    const child = start('sh', '-c', 'trap "" TERM; echo up; sleep 60 & wait; sleep 60');
    await until(() => readFileSync(join(folder, 'log'), 'utf8'), 'up');
    await end(pidFile, folder, { graceMs: 1e9, hurry: AbortSignal.timeout(50) });
    expect(membersOf(child.pid!)).toEqual([]);
  });

  it('has nothing to do without a pid file, and ignores one of another boot', async () => {
    await end(pidFile, folder);
    const { pid } = stranger('exec sleep 60');
    record(pid!, statOf(pid!)!.startTime);
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(bootId(), 'another-boot'));
    await end(pidFile, folder);
    expect(membersOf(pid!)).toHaveLength(1);
  });

  it('leaves a stranger alone that got the number of one of ours', async () => {
    const { pid } = stranger('exec sleep 60');
    const { startTime } = statOf(pid!)!;
    record(pid!, String(Number(startTime) - 1));
    await end(pidFile, folder, { graceMs: 50 });
    expect(membersOf(pid!)).toHaveLength(1);
    // Control: by number and start time it is ours.
    record(pid!, startTime);
    await end(pidFile, folder, { graceMs: 50 });
    expect(membersOf(pid!)).toEqual([]);
  });

  it('leaves a session alone whose leader is gone and whose processes use none of our files', async () => {
    const ours = join(folder, 'ours');
    mkdirSync(ours);
    for (const [cwd, isOurs] of [
      ['/', false],
      [ours, true],
    ] as const) {
      const child = stranger('sleep 60 &', cwd);
      await once(child, 'exit');
      record(child.pid!, '1');
      await end(pidFile, folder);
      expect(membersOf(child.pid!)).toHaveLength(isOurs ? 0 : 1);
    }
  });
});

describe(memoryOf, () => {
  it('is the proportional share in bytes', () => {
    const bytes = memoryOf([statOf(process.pid)!]);
    expect(bytes).toBeGreaterThan(5 * 1024 * 1024);
    expect(bytes).toBeLessThanOrEqual(process.memoryUsage().rss * 1.5);
  });
});
