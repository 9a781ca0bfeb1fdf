// Processes that outlive who started them. Each service is the leader of a session of its own, so all that it forks can
// be found by the session's number, and its pid file is written by the process itself, before it becomes the service:
// there is no moment in which a runner that dies leaves a process that nobody knows.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Stat {
  pid: number;
  state: string;
  session: number;
  /** Clock ticks since boot: with the pid, the identity of a process. */
  startTime: string;
}

/** A line of /proc/<pid>/stat. The program's name, in parentheses, may hold blanks and parentheses itself. */
export const parseStat = (line: string): Stat | undefined => {
  const [, pid, rest] = /^(\d+) \(.*\) (.+)$/s.exec(line) ?? [];
  const field = rest?.trim().split(' ');
  return field?.[19]
    ? { pid: Number(pid), state: field[0]!, session: Number(field[3]), startTime: field[19] }
    : undefined;
};

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // The process ended meanwhile, or is another user's.
  }
};
export const statOf = (pid: number) => parseStat(read(`/proc/${pid}/stat`));
const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name));
export const bootId = () => read('/proc/sys/kernel/random/boot_id').trim();

/** A zombie is dead, but while threads of it still end they hold its files and its ports. */
const isOver = ({ pid, state }: Stat): boolean => {
  if (!'ZX'.includes(state)) return false;
  try {
    return readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
};

/** The processes of a session that live, or still hold something. */
export const membersOf = (session: number): Stat[] =>
  pids().flatMap((pid) => {
    const stat = statOf(Number(pid));
    return stat?.session === session && !isOver(stat) ? [stat] : [];
  });

/** Whether the process works in `folder` or has a file open there. */
const isUsing = (pid: number, folder: string): boolean => {
  const links = ['cwd'];
  try {
    links.push(...readdirSync(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`));
    return links.some((link) => readlinkSync(`/proc/${pid}/${link}`).startsWith(`${folder}/`));
  } catch {
    return false;
  }
};

// $1 boot id, $2 pid file. Who cleans up removes the file first, and a service without its file does not start.
const launcher = 'read -r stat <"/proc/$$/stat"; [ -e "$2" ] && echo "$1 $stat" >"$2" || exit 1; shift 2; exec "$@"';

export interface Launch {
  command: string[];
  environment: NodeJS.ProcessEnv;
  cwd: string;
  pidFile: string;
  logFile: string;
}

/**
 * Starts a command as the leader of a new session, with its output appended to the log file: only this user may read it,
 * because it may hold visitors' addresses and the words that they looked for.
 */
export const launch = ({ command, environment, cwd, pidFile, logFile }: Launch): ChildProcess => {
  writeFileSync(pidFile, '');
  const log = openSync(logFile, 'a', 0o600);
  try {
    const args = ['-c', launcher, 'launcher', bootId(), pidFile, ...command];
    return spawn('/bin/sh', args, { detached: true, stdio: ['ignore', log, log], env: environment, cwd });
  } finally {
    closeSync(log);
  }
};

/** The processes that a pid file stands for, of this or of an earlier runner; `folder` is where they keep their files. */
export const processesOf = (pidFile: string, folder: string): Stat[] => {
  const [, boot, line] = /^(\S+) (.+)$/s.exec(read(pidFile)) ?? [];
  const record = line && parseStat(line);
  if (!record || boot !== bootId()) return [];
  const leader = statOf(record.pid);
  // The number may have been given to a stranger since. A session's number is not given away while it has members, so
  // without a leader they are ours, unless all of ours ended and a stranger's leader came and went: hence isUsing.
  if (leader && leader.startTime !== record.startTime) return [];
  const members = membersOf(record.pid);
  return leader ? members : members.filter(({ pid }) => isUsing(pid, folder));
};

/** Signals processes, of which some may have ended by now. */
export const signalAll = (processes: { pid: number }[], signal: NodeJS.Signals) => {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone already.
    }
  }
};

export interface Ending {
  signal?: NodeJS.Signals;
  graceMs?: number;
  /** Ends the grace early. */
  hurry?: AbortSignal | undefined;
}

/**
 * Ends all processes of a pid file and removes it: the signal to the leader, and SIGKILL to the whole session when the
 * leader is gone (as in a container) or the grace is over.
 */
export const end = async (pidFile: string, folder: string, { signal = 'SIGTERM', graceMs = 0, hurry }: Ending = {}) => {
  // An empty file is a launch that has not come to its first line yet.
  for (let tries = 0; tries < 100 && existsSync(pidFile) && read(pidFile) === ''; tries++) await sleep(10);
  const leaderOf = (stats: Stat[]) => stats.filter(({ pid, session }) => pid === session);
  if (graceMs > 0) signalAll(leaderOf(processesOf(pidFile, folder)), signal);
  const deadline = performance.now() + graceMs;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
    const left = processesOf(pidFile, folder);
    if (left.length === 0) break;
    if (performance.now() >= deadline || hurry?.aborted || leaderOf(left).length === 0) signalAll(left, 'SIGKILL');
    await sleep(pauseMs);
  }
  rmSync(pidFile, { force: true });
};

export const pidFileOf = (folder: string) => join(folder, 'pid');

/** The names of services that have a pid file under `run`: those that live, and those that a dead runner left. */
export const recorded = (run: string): string[] =>
  existsSync(run) ? readdirSync(run).filter((name) => existsSync(pidFileOf(join(run, name)))) : [];

/** Proportional set size of processes, bytes: shared pages are divided among those who share them. */
export const memoryOf = (stats: Stat[]): number =>
  stats.reduce(
    (sum, { pid }) => sum + Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024,
    0,
  );

/** Folders of this user alone: what Varnish keeps in its own is readable for everybody, and has visitors' addresses, too. */
export const makeFolders = (...folders: string[]) =>
  folders.forEach((folder) => mkdirSync(folder, { recursive: true, mode: 0o700 }));
