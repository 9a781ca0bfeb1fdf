import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ReplicaState, SystemUnderTest } from '@almanac/experiments';
import { readSystem } from '../runner/compose.ts';
import { askRunner } from '../runner/control.ts';
import { addressOf, runFolder, type Status } from '../runner/runner.ts';
import type { Exit } from '../runner/supervised.ts';
import { Failure } from '../setup/failure.mjs';

const minutesMs = 60_000;
const run = promisify(execFile);

/** The system that `npm start` runs here, asked by the runner's socket: starting programs would take time from what is measured. */
export const runningSystem = (root: string): SystemUnderTest & { state: string } => {
  const own = readSystem(root, []);
  const { state, variables } = own;
  const ask = async <T>(action: string, names: string[] = []): Promise<T> => {
    const answer = await askRunner<T>(runFolder(state), action, names, 3 * minutesMs);
    if (answer === undefined) throw new Failure('Almanac does not run, or does not answer. `npm start` starts it.');
    return answer;
  };
  const signal = async (replica: string, signal: NodeJS.Signals) => {
    const { services } = await ask<Status>('status');
    const pid = services.find(({ name }) => name === replica)?.pid;
    if (pid === undefined) throw new Failure(`${replica} does not run just now.`);
    process.kill(pid, signal);
  };
  return {
    state,
    url: addressOf(own),
    get ca() {
      return readFileSync(join(state, 'certs/ca.crt'), 'utf8');
    },
    get loadSecret() {
      return readFileSync(join(state, 'load-secret'), 'utf8').trim();
    },
    signal,
    freeze: async (replica, forMs) => {
      await signal(replica, 'SIGSTOP');
      void sleep(forMs)
        .then(() => signal(replica, 'SIGCONT'))
        .catch(() => undefined); // Replaced meanwhile.
    },
    restart: async (replica) =>
      (await ask<Record<string, Exit | undefined>>('restart', [replica]))[replica]?.code ?? undefined,
    hold: async (...replicas) => void (await ask('hold', replicas)),
    release: async (...replicas) => void (await ask('release', replicas)),
    // By a program of its own, because this one has calls to make meanwhile.
    rotateCertificate: async () => void (await run(process.execPath, [join(root, 'tools/runner/cli.ts'), 'rotate'])),
    states: async () => {
      const { services } = await ask<Status>('status');
      const each = services.map(({ name, pid, ready, restarts }): [string, ReplicaState] => [
        name,
        { instance: pid === undefined ? undefined : String(pid), ready, restarts },
      ]);
      return Object.fromEntries(each);
    },
    replicaOf: (name) => name,
    // Loopback has addresses for everybody, and the edge takes only so many connections of each.
    addressOf: (visitor) => `${variables['NET']}.${151 + (visitor % 100)}`,
  };
};
