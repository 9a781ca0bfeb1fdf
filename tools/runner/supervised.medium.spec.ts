import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { parseCompose, variablesOf } from './compose.ts';
import { makeFolders } from './processes.ts';
import { Supervised } from './supervised.ts';

const later = 60_000;
const limits = {
  restartDelayMs: { first: 20, most: 80, forgivenAfter: later },
  minReadyMs: 0,
  logBytes: later,
  logPauseMs: 10,
};

let state: string;
let folder: string;
let one: Supervised;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'almanac-supervised-'));
  folder = join(state, 'run/one');
  makeFolders(folder);
});
afterEach(async () => {
  await one.stop();
  rmSync(state, { recursive: true, force: true });
});

/** Runs a script of the shell that is started again whenever it ends. */
const supervise = (script: string, more: Partial<typeof limits> = {}) => {
  const variables = variablesOf(state, { ALMANAC_STATE: state }, '');
  const command = ['sh', '-c', script.replaceAll('$', '$$$$')];
  const file = { services: { one: { command, restart: 'always' } } };
  const [service] = parseCompose(JSON.stringify(file), variables);
  const environment = { PATH: process.env['PATH']! };
  const place = { folder, root: state, environment, logFile: join(folder, 'log') };
  one = new Supervised(service!, place, () => [], { ...limits, ...more });
  void one.run();
};

describe('a service that ends again and again', () => {
  it('is started again after pauses that double up to their bound', async () => {
    const pausesMs: number[] = [];
    supervise('exit 3');
    let endedAt = 0;
    one.on('change', () => {
      if (one.state === 'restarting') endedAt = performance.now();
      if (one.state !== 'starting' || endedAt === 0) return;
      pausesMs.push(performance.now() - endedAt);
      endedAt = 0;
    });
    await until(() => pausesMs.length === 5, 'five starts after the first');
    // A timer may come a millisecond early by this clock.
    const isLongEnough = [20, 40, 80, 80, 80].map((leastMs, index) => pausesMs[index]! > leastMs - 2);
    expect({ isLongEnough, pausesMs }).toEqual({ isLongEnough: Array(5).fill(true), pausesMs });
  });

  it('is forgiven after a long life: without that, twelve starts would take more than a minute', async () => {
    supervise('exit 3', { restartDelayMs: { first: 20, most: later, forgivenAfter: 0 } });
    await until(() => one.restarts >= 12, 'twelve starts');
  });
});

describe('the log of a service that writes', () => {
  const log = () => join(folder, 'log');
  const kept = () => `${log()}.1`;
  const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const linesOf = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');
  const numberOf = (line: string) => Number(/^line (\d+)$/.exec(line)?.[1]);
  const writer = 'n=0; while sleep 0.001; do n=$((n+1)); echo "line $n"; done';

  it('is kept within its limit, in whole lines, while the same process goes on', async () => {
    supervise(writer, { logBytes: 500 });
    await until(() => one.pid !== undefined, 'the process');
    const { pid } = one;
    const firstKept = () => (sizeOf(kept()) > 0 ? numberOf(linesOf(kept())[0]!) : 0);
    const first = await until(firstKept, 'what was kept');
    await until(() => firstKept() > first, 'a later part');
    await until(() => sizeOf(log()) > 0, 'the log after it');
    const numbers = [...linesOf(kept()), ...linesOf(log())].map(numberOf);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers).not.toContain(NaN);
    expect([one.pid, one.restarts]).toEqual([pid, 0]);
  });

  it('would grow without an end otherwise', async () => {
    supervise(writer, { logBytes: Infinity });
    await until(() => sizeOf(log()) > 1500, 'more than the limit above');
    expect([sizeOf(kept()), linesOf(log())[0]]).toEqual([0, 'line 1']);
  });

  it('is emptied also when what it held cannot be kept, which is said until it can', async () => {
    mkdirSync(kept()); // Nothing can be copied there, not by root either.
    supervise(writer, { logBytes: 500 });
    await until(() => one.detail === 'cannot keep its old log: EISDIR', 'what is said');
    const { pid } = one;
    const first = await until(() => numberOf(linesOf(log())[0]!), 'what was written since');
    await until(() => numberOf(linesOf(log())[0]!) > first, 'that emptied, too');
    expect([one.state, one.pid, one.restarts]).toEqual(['ready', pid, 0]);
    rmdirSync(kept());
    await until(() => one.detail === '', 'nothing left to say');
    expect(sizeOf(kept())).toBeGreaterThan(500);
    expect([one.state, one.pid, one.restarts]).toEqual(['ready', pid, 0]);
  });

  it('is said to grow when it cannot be emptied, while the same process goes on', async () => {
    supervise(writer, { logBytes: 0 });
    await until(() => one.pid !== undefined, 'the process');
    const { pid } = one;
    rmSync(log());
    mkdirSync(join(log(), 'full'), { recursive: true });
    await until(() => one.detail === 'cannot empty its log: EISDIR', 'what is said');
    expect([one.state, one.pid, one.restarts]).toEqual(['ready', pid, 0]);
  });

  it('is for the eyes of its user alone, as all that lies beside it', async () => {
    supervise(writer, { logBytes: 500 });
    await until(() => sizeOf(kept()) > 0, 'what was kept');
    const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect([log(), kept(), folder, join(folder, 'state')].map(modeOf)).toEqual(['600', '600', '700', '700']);
  });
});
