import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../setup/failure.mjs';
import { tryLock } from '../setup/lock.mjs';
import type { System } from './compose.ts';
import { askRunner, serveControl } from './control.ts';
import { lastLines, readable } from './logs.ts';
import { makeFolders, recorded, signalAll } from './processes.ts';
import { addressOf, assertPortsFree, endLeftovers, Runner, runFolder, type Status } from './runner.ts';
import { plainView, screenView, table } from './view.ts';

/** When the person asked for it: the set-up's time counts too. */
const beganMs = () => Number(process.env['ALMANAC_BEGAN_MS']) || Date.now();
const seconds = (sinceMs: number) => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
export const lockFileOf = (state: string) => join(runFolder(state), 'lock');

const readyLines = (system: System, sinceMs: number, howToStop: string) => [
  `Ready in ${seconds(sinceMs)}: ${addressOf(system)}`,
  howToStop,
  'Your browser warns until you follow README.md, "Trust the certificate".',
];

const stopped = () => {
  console.log('Stopped: nothing of Almanac runs any more.');
  return 0;
};

/** Runs the system in this process until it is told to stop. Answers the exit status. */
export const runSystem = async (system: System, howToStop: string): Promise<number> => {
  const { state } = system;
  const sinceMs = beganMs();
  const lock = tryLock(lockFileOf(state));
  if ('holder' in lock) {
    throw new Failure(
      `Almanac already runs (process ${lock.holder}): \`npm run status\` shows it, \`npm stop\` ends it.`,
    );
  }
  const told = new AbortController();
  const hurried = new AbortController();
  const tell = () => (told.signal.aborted ? hurried : told).abort();
  // Before anything is touched: whoever stops this half-way wants nothing to run, so it is done to its end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, tell);
  // A terminal that is closed, or a pipe whose reader went away, is no reason to end without stopping the services.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const left = recorded(runFolder(state));
  if (left.length > 0) console.log(`Ending what an earlier run had left: ${left.join(', ')}.`);
  await endLeftovers(state, hurried.signal);
  if (told.signal.aborted) return stopped();
  await assertPortsFree(system.services);

  const runner = new Runner(system);
  const door = await serveControl(runFolder(state), (action, names) =>
    action === 'stop' ? told.abort() : runner.control(action, names),
  );
  const view = process.stdout.isTTY ? screenView(runner) : plainView(runner, sinceMs);
  const announce = () => {
    if (!runner.isReady) return;
    runner.off('change', announce);
    view.ready(readyLines(system, sinceMs, howToStop));
  };
  runner.on('change', announce);
  runner.start();

  if (!told.signal.aborted) await once(told.signal, 'abort');
  runner.off('change', announce);
  view.stopping();
  await runner.stop(hurried.signal);
  view.close();
  door.close();
  door.closeAllConnections();
  return stopped();
};

/** Starts a runner in the background and waits until all is ready; if that takes too long, stops it and says why. */
export const startDetached = async (system: System, cli: string, withinMs: number): Promise<number> => {
  const { state, parts } = system;
  const run = runFolder(state);
  makeFolders(run);
  const logFile = join(run, 'runner.log');
  const other = await askRunner<Status>(run, 'status');
  if (other)
    throw new Failure(
      `Almanac already runs (process ${other.pid}): \`npm run status\` shows it, \`npm stop\` ends it.`,
    );
  const log = openSync(logFile, 'w', 0o600);
  const runner = spawn(process.execPath, [cli, 'run', ...parts], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: system.root,
  });
  closeSync(log);
  let isGone = false;
  runner.once('exit', () => (isGone = true));

  let shown = 0;
  const show = () => {
    const text = readFileSync(logFile, 'utf8');
    process.stdout.write(text.slice(shown));
    shown = text.length;
  };
  for (const endMs = performance.now() + withinMs; performance.now() < endMs; await sleep(100)) {
    show();
    if (isGone) return 1;
    if ((await askRunner<Status>(run, 'status'))?.ready) {
      show();
      runner.unref();
      return 0;
    }
  }
  const status = await askRunner<Status>(run, 'status');
  console.error(`Not ready within ${withinMs / 1000} s, so everything is stopped again. What was not ready:`);
  for (const one of status?.services.filter(({ ready }) => !ready) ?? []) {
    console.error(
      [
        `  ${one.name}: ${one.state} ${one.detail}`,
        ...lastLines(one.log, 5).map((line) => `    │ ${readable(line)}`),
      ].join('\n'),
    );
  }
  if (status?.services.every(({ ready }) => ready)) console.error(`  ${status.waitsFor}`);
  await stop(state);
  return 1;
};

/** Ends the runner, be it alive, frozen or dead, and all it has started. Answers what it ended. */
export const stop = async (state: string): Promise<string[]> => {
  const run = runFolder(state);
  const status = await askRunner<Status>(run, 'status');
  if (status) await askRunner(run, 'stop');
  // A runner that answers gets the time that its services may take; one that does not is ended by signals.
  let lock = await lockWithin(state, status ? 60_000 : 0);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if ('release' in lock) break;
    if (lock.holder > 1) signalAll([{ pid: lock.holder }], signal);
    lock = await lockWithin(state, 2_000);
  }
  if ('holder' in lock) throw new Failure(`The runner (process ${lock.holder}) could not be ended.`);
  const left = await endLeftovers(state);
  lock.release();
  return [...new Set([...(status?.services.map(({ name }) => name) ?? []), ...left])];
};

/** The runner's lock, tried again for a while. */
const lockWithin = async (state: string, withinMs: number) => {
  for (const endMs = performance.now() + withinMs; ; await sleep(50)) {
    const lock = tryLock(lockFileOf(state));
    if ('release' in lock || performance.now() >= endMs) return lock;
  }
};

/** The table of what runs; exit status 0 when all is ready. */
export const showStatus = async (state: string, names: string[], asJson: boolean): Promise<number> => {
  const status = await askRunner<Status>(runFolder(state), 'status');
  if (asJson) console.log(JSON.stringify(status ?? { ready: false, services: [] }));
  else if (status) console.log([...table(status, process.stdout.columns), status.url].join('\n'));
  else if (names.length === 0) console.log('Almanac does not run. `npm start` starts it.');
  else
    console.log(
      `The runner is gone, but what it started goes on: ${names.join(', ')}. \`npm start\` takes over, \`npm stop\` ends it.`,
    );
  return status?.ready ? 0 : 1;
};
