import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@almanac/testing';
import { parse } from 'yaml';
import type { Replica, ReplicaState } from '@almanac/experiments';
import type { System } from './driver.ts';
import { injectAt } from './faults.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** Docker's plugin, or a program of its own. */
const program = run('docker', ['compose', 'version']).then(
  () => ['docker', 'compose'] as const,
  () => ['docker-compose'] as const,
);

/** A command of compose v2 or later, for the file in `cwd` and with variables beside the process's own. */
export const composeIn = async (cwd: string, variables: NodeJS.ProcessEnv, ...args: string[]): Promise<string> => {
  const [name, ...plugin] = await program;
  const env = { ...process.env, ...variables };
  // Longer than any of its own limits: what is built here first takes minutes.
  const { stdout } = await run(name, [...plugin, ...args], { cwd, env, maxBuffer: 1 << 26, timeout: 900_000 });
  return stdout;
};
export const compose = (...args: string[]): Promise<string> => composeIn(root, {}, ...args);

/** The settings of an instance that stands beside any other: a project, network, entry, images and authority of its own. */
export const composeInstance = () => {
  const part = () => Math.floor(Math.random() * 256);
  const [a, b] = [part(), part()];
  return {
    COMPOSE_PROJECT_NAME: `almanac-e2e-${a}-${b}`,
    NET: `198.18.${a}`, // For measurements (RFC 2544): no network that a machine may be in.
    PUBLISH: `127.${a || 1}.${b}.1`,
    TAG: `e2e-${a}-${b}`,
    CHECKOUT: mkdtempSync(join(tmpdir(), 'almanac-e2e-')),
  };
};

interface Container {
  Id: string;
  Config: { Labels: Record<string, string> };
  State: { Running: boolean; StartedAt: string; ExitCode: number };
  RestartCount: number;
}

interface Service {
  build?: unknown;
  image: string;
  environment: { SELF: string };
  'x-ready'?: string;
}

/** The instance that COMPOSE_PROJECT_NAME, NET, PUBLISH, TAG and CHECKOUT name, in containers. */
export const composeSystem = (): System => {
  const { PUBLISH: address, CHECKOUT: checkout } = process.env;
  const { HTTPS_PORT = '8443', HTTP_PORT = '8080' } = process.env;
  let services: Promise<Record<string, Service>> | undefined;
  const file = () =>
    (services ??= compose('config').then((text) => (parse(text) as { services: Record<string, Service> }).services));

  const containers = async (): Promise<Record<Replica, Container>> => {
    const ids = (await compose('ps', '-aq')).trim().split('\n').filter(Boolean);
    if (ids.length === 0) return {};
    const { stdout } = await run('docker', ['inspect', ...ids], { maxBuffer: 1 << 26 });
    const list = JSON.parse(stdout) as Container[];
    return Object.fromEntries(list.map((one) => [one.Config.Labels['com.docker.compose.service']!, one]));
  };
  const isReady = async (replica: Replica): Promise<boolean> => {
    const { environment, 'x-ready': url } = (await file())[replica]!;
    const at = url!.replace(/\$+SELF/, environment.SELF);
    return fetch(at, { signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  const states = async (): Promise<Record<Replica, ReplicaState>> => {
    const servers = Object.entries(await file()).filter(([, service]) => service['x-ready']);
    const running = await containers();
    const all = servers.map(async ([name]): Promise<[Replica, ReplicaState]> => {
      const { State, Id, RestartCount: restarts } = running[name] ?? { State: undefined, Id: '', RestartCount: 0 };
      const instance = State?.Running ? `${Id} ${State.StartedAt}` : undefined;
      return [name, { instance, ready: instance !== undefined && (await isReady(name)), restarts }];
    });
    return Object.fromEntries(await Promise.all(all));
  };
  const ready = async (...replicas: Replica[]): Promise<void> => {
    const areReady = async () => {
      const now = await states();
      return replicas.every((replica) => now[replica]?.ready);
    };
    await until(areReady, `${replicas.join(', ')} ready`, 60_000);
  };

  return {
    url: `https://${address}:${HTTPS_PORT}`,
    plainUrl: `http://${address}:${HTTP_PORT}`,
    get ca() {
      return readFileSync(join(checkout!, '.almanac/certs/ca.crt'), 'utf8');
    },
    get loadSecret() {
      return readFileSync(join(checkout!, '.almanac/load-secret'), 'utf8').trim();
    },
    start: async () => {
      await compose('up', '--detach', '--wait', '--wait-timeout', '300');
      await ready(...Object.keys(await states()));
    },
    stop: async () => {
      const images = [...new Set(Object.values(await file()).flatMap(({ build, image }) => (build ? [image] : [])))];
      await compose('down', '--volumes', '--remove-orphans');
      await run('docker', ['image', 'rm', ...images]);
      rmSync(checkout!, { recursive: true, force: true });
    },
    // Not `docker kill`: after that Docker does not start the container again. Its process 1 is the init.
    signal: async (replica, signal) => {
      const kill = `kill -${signal.replace('SIG', '')} $(cat /proc/1/task/1/children)`;
      await compose('exec', '-T', replica, 'sh', '-c', kill);
    },
    freeze: async (replica, forMs) => {
      const script = `p=$(cat /proc/1/task/1/children); kill -STOP $p; echo stopped; sleep ${forMs / 1000}; kill -CONT $p`;
      const [name, ...plugin] = await program;
      const child = spawn(name, [...plugin, 'exec', '-T', replica, 'sh', '-c', script], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
    },
    restart: async (replica) => {
      await compose('stop', replica);
      const { ExitCode } = (await containers())[replica]!.State;
      await compose('start', replica);
      await ready(replica);
      return ExitCode < 128 ? ExitCode : undefined;
    },
    hold: async (...replicas) => void (await compose('stop', ...replicas)),
    release: async (...replicas) => void (await compose('start', ...replicas)),
    rotateCertificate: async () => void (await compose('run', '--rm', '-e', 'ROTATE=on', 'certificates')),
    inject: async (replica, fault) => injectAt((await file())[replica]!.environment.SELF, fault),
    ready,
    states,
    replicaOf: (name) => name,
    logs: (replica) => compose('logs', '--no-color', '--no-log-prefix', replica),
  };
};
