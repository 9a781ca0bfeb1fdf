import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { readArguments } from '../setup/arguments.mjs';
import { makeCertificates, tiers } from '../setup/certificates.mjs';
import { Failure } from '../setup/failure.mjs';
import { readSystem, type System } from './compose.ts';
import { askRunner } from './control.ts';
import { planOf } from './plan.ts';
import { recorded } from './processes.ts';
import { logFileOf, runFolder, type Status } from './runner.ts';
import type { Exit } from './supervised.ts';
import { runSystem, showStatus, startDetached, stop } from './start.ts';

const minutesMs = 60_000;
const doesNotRun = 'Almanac does not run. `npm start` starts it.';

/** What runs in a folder of another user neither can be seen nor be asked. */
const assertOurs = (run: string) => {
  try {
    if (existsSync(run)) readdirSync(run);
  } catch {
    throw new Failure(`${run} is another user’s: Almanac was started by somebody else here, who may ask it.`);
  }
};

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

const exitOf = (exit: Exit | undefined) =>
  exit ? `, its old process ended with ${exit.signal ?? `exit status ${exit.code}`}` : '';
const are = (names: string[]) => `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'}`;
type Exits = Record<string, Exit | undefined>;

/** Restarts, holds or releases services of the running system. */
const ask = async (state: string, action: 'restart' | 'hold' | 'release', names: string[]): Promise<number> => {
  if (names.length === 0)
    throw new Failure(`Which service? \`npm run ${action} <service>\`; \`npm run status\` names them.`);
  const run = runFolder(state);
  if (!(await askRunner<Status>(run, 'status'))) throw new Failure(doesNotRun);
  const answer = await askRunner<Exits>(run, action, names, 3 * minutesMs);
  if (answer === undefined) throw new Failure('Not done within three minutes: `npm run status` says why.');
  const sentences = {
    restart: () => names.map((name) => `${name} was restarted${exitOf(answer[name])}.`).join('\n'),
    hold: () => `${are(names)} held down, until \`npm run release ${names.join(' ')}\`.`,
    release: () => `${are(names)} no longer held down.`,
  };
  console.log(sentences[action]());
  return 0;
};

/** A signal by what `kill` takes for it: SIGTERM, TERM, term or 15. */
const signalOf = (text = ''): NodeJS.Signals | undefined => {
  const name = text.toUpperCase().replace(/^(SIG)?/, 'SIG');
  const found = Object.entries(constants.signals).find(([one, number]) => one === name || String(number) === text);
  return found?.[0] as NodeJS.Signals | undefined;
};

/** Sends a service's main process a signal, as an experiment: what follows is the runner's business. */
const kill = async (state: string, names: string[]): Promise<number> => {
  // `kill -9 web` is what the fingers know.
  const [name, given = 'SIGKILL'] = names.length > 1 && signalOf(names[0]) ? names.toReversed() : names;
  const signal = signalOf(given);
  if (!signal) throw new Failure(`"${given}" is no signal: SIGKILL, SIGSTOP, SIGTERM …`);
  const status = await askRunner<Status>(runFolder(state), 'status');
  if (!status) throw new Failure(doesNotRun);
  const service = status.services.find((one) => one.name === name);
  if (!service) throw new Failure(`Which service? \`npm run kill <service> [signal]\`; \`npm run status\` names them.`);
  if (service.pid === undefined) throw new Failure(`${name} does not run just now.`);
  process.kill(service.pid, signal);
  console.log(`${signal} to ${name}, process ${service.pid}`);
  return 0;
};

/** Another certificate for the named tiers or for all, by the authority that people trust. The edge is told, web looks by itself. */
const rotate = async ({ state, services, variables }: System, names: string[]): Promise<number> => {
  const asked = tiers.filter((tier) => names.length === 0 || names.includes(tier));
  const made = makeCertificates(join(state, 'certs'), variables['PUBLISH']!, { rotate: asked });
  const status = await askRunner<Status>(runFolder(state), 'status');
  const told = made.includes('edge') ? services.filter(({ environment }) => environment['CERTS']) : [];
  for (const { name } of told) {
    const pid = status?.services.find((one) => one.name === name)?.pid;
    if (pid !== undefined) process.kill(pid, 'SIGHUP');
  }
  const whose = tiers.filter((tier) => made.includes(tier)).join(' and ');
  console.log(`Another certificate for ${whose}${status ? '' : ', to start with'}.`);
  if (made.includes('ca')) console.log('By another authority: who trusted the one before has to trust this one.');
  return 0;
};

/**
 * A command of the runner on the system of the folder `root`. Answers the exit status.
 * @param cli the program that was called, for a runner in the background
 */
const command = async (root: string, [action = '', ...args]: string[], cli: string): Promise<number> => {
  const { names, detach, json, withinSeconds = 180 } = readArguments(action, args);
  const isPart = ['start', 'run', 'plan'].includes(action);
  const system = readSystem(root, isPart ? names : []);
  const { state } = system;
  assertOurs(runFolder(state));
  switch (action) {
    case 'start':
      return detach ? startDetached(system, cli, withinSeconds * 1000) : runSystem(system, 'Ctrl-C stops everything.');
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
      return showStatus(state, recorded(runFolder(state)), json);
    case 'logs':
      return logs(state, names);
    case 'kill':
      return kill(state, names);
    case 'rotate':
      return rotate(system, names);
    case 'restart':
    case 'hold':
    case 'release':
      return ask(state, action, names);
    default:
      throw new Failure(
        `"${action}" is none of start, run, plan, stop, status, logs, kill, restart, hold, release, rotate.`,
      );
  }
};

/** The same, with what a person can do something about in one line, and everything else with its stack. */
export const runCommand = (root: string, args: string[], cli: string): Promise<number> =>
  command(root, args, cli).catch((error: unknown) => {
    console.error(error instanceof Failure ? error.message : error);
    return 1;
  });
