import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@almanac/testing';
import { parse } from 'yaml';
import type { Replica } from '@almanac/experiments';
import type { System } from './driver.ts';
import { injectAt } from './faults.ts';

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
  const { NET: net, PUBLISH: address, ALMANAC_STATE: state, HTTPS_PORT = '8443', HTTP_PORT = '8080' } = process.env;
  // Exit status 1 says that something is not ready; the table comes all the same.
  const status = async (): Promise<Status> =>
    JSON.parse(await almanac('status', '--json').catch((error: { stdout: string }) => error.stdout)) as Status;
  const of = async (replica: Replica) => {
    const found = (await status()).services.find(({ name }) => name === replica);
    if (!found) throw new Error(`there is no ${replica}`);
    return found;
  };
  const selfOf = (replica: Replica): string => {
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8').replaceAll('${NET:-172.28.0}', net!);
    const { services } = parse(text, { merge: true }) as {
      services: Record<Replica, { environment: { SELF: string } }>;
    };
    return services[replica]!.environment.SELF;
  };
  return {
    url: `https://${address}:${HTTPS_PORT}`,
    plainUrl: `http://${address}:${HTTP_PORT}`,
    get ca() {
      return readFileSync(join(state!, 'certs/ca.crt'), 'utf8');
    },
    get loadSecret() {
      return readFileSync(join(state!, 'load-secret'), 'utf8').trim();
    },
    start: async () => void (await almanac('start', '--detach')),
    stop: async () => {
      await almanac('stop');
      rmSync(state!, { recursive: true, force: true });
    },
    signal: async (replica, signal) => void (await almanac('kill', replica, signal)),
    // Not by two commands: these take longer than what stands still may.
    freeze: async (replica, forMs) => {
      const { pid } = await of(replica);
      process.kill(pid!, 'SIGSTOP');
      setTimeout(() => {
        try {
          process.kill(pid!, 'SIGCONT');
        } catch {
          // Replaced meanwhile.
        }
      }, forMs);
    },
    restart: async (replica) => {
      const code = /exit status (\d+)\.$/m.exec(await almanac('restart', replica))?.[1];
      return code === undefined ? undefined : Number(code);
    },
    inject: (replica, fault) => injectAt(selfOf(replica), fault),
    hold: async (...replicas) => void (await almanac('hold', ...replicas)),
    release: async (...replicas) => void (await almanac('release', ...replicas)),
    rotateCertificate: async () => void (await almanac('rotate')),
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
    addressOf: (visitor) => `${net}.${151 + (visitor % 100)}`,
    logs: async (replica) => readFileSync((await of(replica)).log, 'utf8'),
  };
};
