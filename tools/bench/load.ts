import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../setup/failure.mjs';
import { descendantsOf } from './processes.ts';

export interface Target {
  name: string;
  /** Where requests go: scheme, address and port. */
  url: string;
  /** A file of paths, one a line. */
  paths: string;
  /** The processes whose time is counted. */
  pids: number[];
  /** Whether every answer is an error, as where a limit has been reached. */
  isRefused?: boolean;
  /** Each request on a connection of its own, with a whole handshake or with one that goes on from the last. */
  connections?: 'new' | 'resumed';
}

export interface Figures {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Processor time, user and system, per request. */
  cpuMicroseconds: number;
}

const keptConnections = 32;
/** /proc counts in hundredths of a second (sysconf(_SC_CLK_TCK), which is 100 wherever Linux runs today). */
const tickMicroseconds = 10_000;

const canPin = availableParallelism() > 1;

/** Where there are two processors or more, servers run on one and the load on another. */
export function pinServers(pids: number[]): void {
  for (const pid of canPin ? pids : []) execFileSync('taskset', ['-apc', '1', String(pid)], { stdio: 'ignore' });
}

/** Where this process is the load. */
export function pinLoad(): void {
  if (canPin) execFileSync('taskset', ['-apc', '0', String(process.pid)], { stdio: 'ignore' });
}

export function assertTools(): void {
  for (const [tool, name] of Object.entries({ wrk: 'wrk', taskset: 'util-linux' })) {
    if (spawnSync(tool, ['--version']).error) throw new Failure(`This needs ${tool}: apt-get install ${name}`);
  }
}

const cpuTicks = (pids: number[]) =>
  pids.flatMap(descendantsOf).reduce((sum, pid) => {
    // The program's name, in brackets, may hold anything; the times are the 14th and 15th fields of the line.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);

const here = (file: string) => join(import.meta.dirname, file);

/** What asks a target for its paths in turn: 32 connections that never wait, or 8 at a time that are made anew. */
const clientOf = ({ url, paths, connections }: Target, seconds: number): string[] =>
  connections
    ? [process.execPath, here('new-connections.ts'), url, paths, String(seconds), connections]
    : ['wrk', '-t1', `-c${keptConnections}`, `-d${seconds}s`, '-s', here('paths.lua'), url, '--', paths];

async function measure(target: Target, seconds: number): Promise<Figures> {
  const { name, pids, isRefused = false } = target;
  const before = cpuTicks(pids);
  const [program, ...args] = [...(canPin ? ['taskset', '-c', '0'] : []), ...clientOf(target, seconds)];
  const { stdout } = await promisify(execFile)(program!, args);
  const done = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number>;
  // A limit of one request a minute lets one through now and then.
  const isAsExpected = isRefused ? done['requests']! - done['refused']! <= 1 : done['refused'] === 0;
  if (done['errors'] !== 0 || done['requests'] === 0 || !isAsExpected)
    throw new Error(`${name}: not each request was answered:\n${stdout}`);
  return {
    requestsPerSecond: done['requests']! / (done['microseconds']! / 1e6),
    p50Ms: done['p50']! / 1000,
    p99Ms: done['p99']! / 1000,
    cpuMicroseconds: ((cpuTicks(pids) - before) * tickMicroseconds) / done['requests']!,
  };
}

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Measures the targets in turn, so that what else the machine does falls on all of them. */
export async function interleaved(targets: Target[], rounds: number, seconds: number): Promise<Figures[][]> {
  for (const target of targets) await measure(target, 2 * seconds);
  const figures: Figures[][] = targets.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [n, target] of targets.entries()) figures[n]!.push(await measure(target, seconds));
  }
  return figures;
}

/**
 * The table of a comparison, and whether the first target reaches `floor` of the second: in requests per second or, where the
 * client has more to do than what it asks, in processor time.
 */
export function compare(
  targets: Target[],
  figures: Figures[][],
  floor: number,
  aim: number,
  by: 'requestsPerSecond' | 'cpuMicroseconds' = 'requestsPerSecond',
): boolean {
  const of = (n: number, key: keyof Figures) => median(figures[n]!.map((round) => round[key]));
  console.log(`${''.padEnd(34)}requests/s   p50 ms   p99 ms   CPU µs/request`);
  for (const [n, { name }] of targets.entries()) {
    const numbers = [
      of(n, 'requestsPerSecond').toFixed(0).padStart(10),
      of(n, 'p50Ms').toFixed(2).padStart(9),
      of(n, 'p99Ms').toFixed(2).padStart(9),
      of(n, 'cpuMicroseconds').toFixed(1).padStart(17),
    ];
    console.log(name.padEnd(34) + numbers.join(''));
  }
  const ratios = figures[0]!.map((round, n) => {
    const quotient = round[by] / figures[1]![n]![by];
    return by === 'cpuMicroseconds' ? 1 / quotient : quotient;
  });
  const ratio = median(ratios);
  const verdict = ratio >= aim ? 'reached' : ratio >= floor ? 'at least the floor' : 'BELOW THE FLOOR';
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  console.log(
    `ratio ${ratio.toFixed(2)} (median of ${ratios.length} rounds, ${range}); floor ${floor}, aim ${aim}: ${verdict}\n`,
  );
  return ratio >= floor;
}
