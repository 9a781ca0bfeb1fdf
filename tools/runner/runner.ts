import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../setup/failure.mjs';
import { portHolder } from '../setup/ports.mjs';
import type { Service, System } from './compose.ts';
import { end, makeFolders, pidFileOf, recorded } from './processes.ts';
import { probeUrl } from './probe.ts';
import { Supervised, type Exit, type State } from './supervised.ts';
import { targetsOf, writeTargets } from './targets.ts';

export interface ServiceStatus {
  name: string;
  state: State;
  ready: boolean;
  detail: string;
  address: string;
  pid: number | undefined;
  restarts: number;
  memoryBytes: number;
  memoryLimitBytes: number | undefined;
  log: string;
}
export interface Status {
  ready: boolean;
  /** What has not answered yet though all services are ready. */
  waitsFor?: string;
  parts: string[];
  /** The runner's own. */
  pid: number;
  url: string;
  services: ServiceStatus[];
}

// The ports that every service of the house listens on at its own address: API and admin.
const housePorts = [8080, 9090];

export const runFolder = (state: string) => join(state, 'run');
/** Whom Prometheus asks. */
export const targetsFileOf = (state: string) => join(runFolder(state), 'targets.json');
export const logFileOf = (state: string, service: string) => join(runFolder(state), service, 'log');
export const addressOf = ({ variables }: System) =>
  `https://${variables['PUBLISH'] === '127.0.0.1' ? 'localhost' : variables['PUBLISH']}:${variables['HTTPS_PORT']}`;

/** What every process gets besides the variables that the file gives it: nothing else of the user's environment leaks in. */
const processEnvironment = (root: string, state: string): Record<string, string> => {
  const { PATH = '', HOME = '/', LANG = 'C.UTF-8', NODE_EXTRA_CA_CERTS } = process.env;
  const path = [join(root, '.almanac/toolchain/node_modules/.bin'), PATH, '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const certificates = NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS } : {};
  return { PATH: path.filter(Boolean).join(':'), HOME, LANG, ALMANAC_STATE: state, ...certificates };
};

/** Ends what a runner that is gone has left; `hurry` ends the grace early. Answers the names of its services. */
export const endLeftovers = async (state: string, hurry?: AbortSignal): Promise<string[]> => {
  const run = runFolder(state);
  const names = recorded(run);
  const ending = { graceMs: 10_000, hurry };
  await Promise.all(names.map((name) => end(pidFileOf(join(run, name)), join(run, name), ending)));
  return names;
};

/** Refuses to start when a port that a service needs is taken: before anything runs. */
export const assertPortsFree = async (services: Service[]): Promise<void> => {
  for (const { name, address, published } of services) {
    const own = address ? housePorts.map((port) => ({ address, port })) : [];
    for (const { address, port } of [...published, ...own]) {
      const holder = await portHolder(address, port);
      if (holder !== undefined) {
        const other =
          published.length > 0 && published.some((one) => one.port === port) ? 'HTTPS_PORT or HTTP_PORT' : 'NET';
        throw new Failure(
          `Port ${port} of ${address}, which ${name} needs, is taken by ${holder}. Stop that, or set another ${other} in .env.`,
        );
      }
    }
  }
};

/** The whole system: starts, watches and stops its services. Emits 'change' and 'crash' of each. */
export class Runner extends EventEmitter<{
  change: [Supervised];
  crash: [Supervised, reason: string, lastLines: string[]];
}> {
  readonly system: System;
  readonly services: Supervised[];
  #ends: Promise<void>[] = [];
  /** Whether all has answered once; before, why not. */
  #answered: true | string = 'nothing asked yet';
  #stopping = false;

  constructor(system: System) {
    super();
    this.system = system;
    const { root, state } = system;
    const environment = processEnvironment(root, state);
    this.services = system.services.map((service) => {
      const folder = join(runFolder(state), service.name);
      const place = { folder, root, environment, logFile: logFileOf(state, service.name) };
      const supervised: Supervised = new Supervised(service, place, () =>
        Object.entries(service.dependsOn).flatMap(([name, condition]) =>
          this.#named(name).map((on) => ({ on, condition })),
        ),
      );
      supervised.on('change', () => this.emit('change', supervised));
      supervised.on('crash', (...why) => this.emit('crash', supervised, ...why));
      return supervised;
    });
  }

  get isReady() {
    return this.#areReady && this.#answered === true;
  }

  get #areReady() {
    return this.services.every((one) => one.state === 'ready' || one.completed);
  }

  /** Those in front of a service may know later than we that it is ready: a person who is told so must not meet a 503. */
  async #awaitAnswers(): Promise<void> {
    for (const url of this.services.flatMap(({ service }) => service.answersUrls)) {
      for (;;) {
        const { ok, detail } = await probeUrl(url, 2_000);
        if (this.#stopping) return;
        if (ok) break;
        this.#answered = `${url}: ${detail}`;
        await sleep(50);
      }
    }
    this.#answered = true;
    for (const one of this.services) this.emit('change', one);
  }

  start(): void {
    const { state } = this.system;
    makeFolders(...this.services.map(({ service }) => join(runFolder(state), service.name)));
    const onceReady = () => {
      if (!this.#areReady) return;
      this.off('change', onceReady);
      void this.#awaitAnswers();
    };
    this.on('change', onceReady);
    this.on('change', () => this.#tellPrometheus());
    this.#tellPrometheus();
    this.#ends = this.services.map((one) => one.run());
  }

  /** Of what runs or ought to: what is held down is not there, as a replica that a cluster has scaled away. */
  #tellPrometheus(): void {
    const wanted = this.services.filter(({ state }) => state !== 'held').map(({ service }) => service);
    writeTargets(targetsFileOf(this.system.state), targetsOf(wanted));
  }

  /** Ends all: who depends on others before them, the rest at the same time. */
  async stop(hurry?: AbortSignal): Promise<void> {
    this.#stopping = true;
    const stops = new Map<Supervised, Promise<void>>();
    const stop = (one: Supervised): Promise<void> => {
      const dependents = this.services.filter(({ service }) => one.service.name in service.dependsOn);
      const stopped = stops.get(one) ?? Promise.all(dependents.map(stop)).then(() => one.stop(hurry));
      stops.set(one, stopped);
      return stopped;
    };
    await Promise.all(this.services.map(stop));
    await Promise.all(this.#ends);
  }

  status(): Status {
    const { state: folder, parts } = this.system;
    const services = this.services.map(({ service, state, detail, pid, restarts, completed, memoryBytes }) => ({
      name: service.name,
      state,
      ready: state === 'ready' || completed,
      detail,
      address: [...service.published.map(({ address, port }) => `${address}:${port}`), service.address ?? '']
        .join(' ')
        .trim(),
      pid,
      restarts,
      memoryBytes,
      memoryLimitBytes: service.memoryLimitBytes,
      log: logFileOf(folder, service.name),
    }));
    const waitsFor = this.#answered === true ? {} : { waitsFor: this.#answered };
    return { ready: this.isReady, ...waitsFor, parts, pid: process.pid, url: addressOf(this.system), services };
  }

  /** What the control socket can be asked for. */
  async control(action: string, names: string[]): Promise<unknown> {
    const chosen = names.flatMap((name) => this.#named(name));
    const unknown = names.find((name) => this.#named(name).length === 0);
    if (unknown)
      throw new Failure(
        `There is no service "${unknown}". The services are: ${this.services.map((one) => one.service.name).join(', ')}.`,
      );
    switch (action) {
      case 'status':
        return this.status();
      case 'restart': {
        const exits: Record<string, Exit | undefined> = {};
        for (const one of chosen) exits[one.service.name] = await one.restart();
        return exits;
      }
      case 'hold':
        return void (await Promise.all(chosen.map((one) => one.hold())));
      case 'release':
        return chosen.forEach((one) => one.release());
      default:
        throw new Failure(`The runner does not know "${action}".`);
    }
  }

  #named(name: string): Supervised[] {
    return this.services.filter(({ service }) => service.name === name);
  }
}
