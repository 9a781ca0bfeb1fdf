import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@almanac/testing';
import type { Replica, System } from './driver.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** A command of the house, as a user types it: `npm run <command>`, without npm's own second. */
const almanac = async (...args: string[]) => {
  const { stdout } = await run(process.execPath, [join(root, 'tools/almanac.mjs'), ...args], { cwd: root });
  return stdout;
};

/** The settings of an instance that stands beside any other: a loopback network, an entry and a state folder of its own. */
export const nativeInstance = () => {
  const part = () => Math.floor(Math.random() * 256);
  const net = `127.${64 + (part() % 50)}.${part()}`;
  return { NET: net, PUBLISH: `${net}.1`, ALMANAC_STATE: mkdtempSync(join(tmpdir(), 'almanac-e2e-')) };
};

interface Status {
  ready: boolean;
  services: { name: Replica; pid?: number; ready: boolean; restarts: number; log: string }[];
}

/** The instance that the variables NET, PUBLISH and ALMANAC_STATE name, run by tools/runner. */
export const nativeSystem = (): System => {
  const { PUBLISH: address, ALMANAC_STATE: state, HTTPS_PORT = '8443', HTTP_PORT = '8080' } = process.env;
  // Exit status 1 says that something is not ready; the table comes all the same.
  const status = async (): Promise<Status> =>
    JSON.parse(await almanac('status', '--json').catch((error: { stdout: string }) => error.stdout)) as Status;
  const of = async (replica: Replica) => {
    const found = (await status()).services.find(({ name }) => name === replica);
    if (!found) throw new Error(`there is no ${replica}`);
    return found;
  };
  return {
    url: `https://${address}:${HTTPS_PORT}`,
    plainUrl: `http://${address}:${HTTP_PORT}`,
    get ca() {
      return readFileSync(join(state!, 'certs/ca.crt'), 'utf8');
    },
    start: async () => void (await almanac('start', '--detach')),
    stop: async () => {
      await almanac('stop');
      rmSync(state!, { recursive: true, force: true });
    },
    signal: async (replica, signal) => void (await almanac('kill', replica, signal)),
    restart: async (replica) => {
      const code = /exit status (\d+)\.$/m.exec(await almanac('restart', replica))?.[1];
      return code === undefined ? undefined : Number(code);
    },
    hold: async (...replicas) => void (await almanac('hold', ...replicas)),
    release: async (...replicas) => void (await almanac('release', ...replicas)),
    ready: async (...replicas) => {
      const isReady = async () => {
        const { services } = await status();
        return replicas.every((replica) => services.some(({ name, ready }) => name === replica && ready));
      };
      await until(isReady, `${replicas.join(', ')} ready`, 60_000);
    },
    states: async () =>
      Object.fromEntries(
        (await status()).services.map(({ name, pid, ready, restarts }) => [
          name,
          { instance: pid === undefined ? undefined : String(pid), ready, restarts },
        ]),
      ),
    replicaOf: (name) => name,
    logs: async (replica) => readFileSync((await of(replica)).log, 'utf8'),
  };
};
