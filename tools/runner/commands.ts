import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { Failure } from '../setup/failure.mjs';
import { readSystem } from './compose.ts';
import { askRunner } from './control.ts';
import { planOf } from './plan.ts';
import { recorded } from './processes.ts';
import { logFileOf, runFolder, type Status } from './runner.ts';
import { runSystem, showStatus, startDetached, stop } from './start.ts';

const minutesMs = 60_000;

/** The last lines of the named services' logs, or of all; on a terminal it goes on with what comes. */
const logs = (state: string, names: string[]): number => {
  const run = runFolder(state);
  const all = existsSync(run) ? readdirSync(run).filter((name) => existsSync(logFileOf(state, name))) : [];
  const unknown = names.find((name) => !all.includes(name));
  if (unknown) throw new Failure(`There is no log of ${unknown}. There are: ${all.join(', ')}.`);
  if (all.length === 0) throw new Failure('There are no logs yet.');
  const files = (names.length > 0 ? names : all).map((name) => logFileOf(state, name));
  const options = ['-n', names.length > 0 ? '200' : '20', ...(process.stdout.isTTY ? ['-F'] : [])];
  return spawnSync('tail', [...options, ...files], { stdio: 'inherit' }).status ?? 0;
};

/** Restarts, holds or releases services of the running system. */
const ask = async (state: string, action: string, names: string[]): Promise<number> => {
  if (names.length === 0)
    throw new Failure(`Which service? \`npm run ${action} <service>\`; \`npm run status\` names them.`);
  const answer = await askRunner(runFolder(state), action, names, 3 * minutesMs);
  if (answer === undefined) throw new Failure('Almanac does not run, or did not do it in three minutes.');
  console.log(`${names.join(', ')}: done ${JSON.stringify(answer)}`);
  return 0;
};

/** Sends a service's main process a signal, as an experiment: what follows is the runner's business. */
const kill = async (state: string, name = '', signal = 'SIGKILL'): Promise<number> => {
  const status = await askRunner<Status>(runFolder(state), 'status');
  if (!status) throw new Failure('Almanac does not run.');
  const service = status.services.find((one) => one.name === name);
  if (!service) throw new Failure(`Which service? \`npm run kill <service> [signal]\`; \`npm run status\` names them.`);
  if (!(signal in constants.signals)) throw new Failure(`"${signal}" is no signal: SIGKILL, SIGSTOP, SIGTERM …`);
  if (service.pid === undefined) throw new Failure(`${name} does not run just now.`);
  process.kill(service.pid, signal as NodeJS.Signals);
  console.log(`${signal} to ${name}, process ${service.pid}`);
  return 0;
};

/**
 * A command of the runner on the system of the folder `root`. Answers the exit status.
 * @param cli the program that was called, for a runner in the background
 */
const command = async (root: string, args: string[], cli: string): Promise<number> => {
  const options = { detach: { type: 'boolean' }, json: { type: 'boolean' }, within: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [action, ...names] = positionals;
  const isPart = ['start', 'run', 'plan'].includes(action ?? '');
  const system = readSystem(root, isPart ? names : []);
  const { state } = system;
  switch (action) {
    case 'start':
      return values.detach
        ? startDetached(system, cli, Number(values.within ?? 180) * 1000)
        : runSystem(system, 'Ctrl-C stops everything.');
    case 'run':
      return runSystem(system, '`npm stop` stops everything.');
    case 'plan':
      console.log(JSON.stringify(planOf(system)));
      return 0;
    case 'stop': {
      const ended = await stop(state);
      console.log(ended.length > 0 ? `Stopped: ${ended.join(', ')}.` : 'Nothing of Almanac ran.');
      return 0;
    }
    case 'status':
      return showStatus(state, recorded(runFolder(state)), values.json ?? false);
    case 'logs':
      return logs(state, names);
    case 'kill':
      return kill(state, ...names);
    case 'restart':
    case 'hold':
    case 'release':
      return ask(state, action, names);
    default:
      throw new Failure(`"${action}" is none of start, run, plan, stop, status, logs, kill, restart, hold, release.`);
  }
};

/** The same, with what a person can do something about in one line, and everything else with its stack. */
export const runCommand = (root: string, args: string[], cli: string): Promise<number> =>
  command(root, args, cli).catch((error: unknown) => {
    const isPlain = error instanceof Failure || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
    console.error(isPlain ? (error as Error).message : error);
    return 1;
  });
