// A service of docker-compose.yml as a native process: the specs start nginx and Varnish exactly as it says.
import { until } from '@almanac/testing';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');

interface ComposeService {
  command: [string, string, string];
  environment: Record<string, string>;
  'x-native': { render: string; environment?: Record<string, string> };
  'x-ready': string;
}

/** Changes a rendered file, for a negative control. */
export type Patch = (file: string, text: string) => string;

export interface NativeServiceOptions {
  /** The service's name in docker-compose.yml. */
  name: string;
  /** `127.x.y`, the network that stands for the containers'. */
  net: string;
  /** A folder of this test run. */
  folder: string;
  environment?: Record<string, string>;
  patch?: Patch;
}

export class NativeService {
  readonly name: string;
  readonly environment: Record<string, string>;
  readonly log: string;
  readonly #command: [string, string, string];
  readonly #templates: string;
  readonly #readyUrl: string;
  readonly #patch: Patch;
  #process: ChildProcess | undefined;

  constructor({ name, net, folder, environment = {}, patch = (_, text) => text }: NativeServiceOptions) {
    const variables: Record<string, string | undefined> = { NET: net };
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8').replace(
      /\$(\$)|\$\{(\w+)(?::-([^}]*))?\}/g,
      (_, dollar: string | undefined, name: string, otherwise: string = '') => dollar ?? variables[name] ?? otherwise,
    );
    const services = (parse(text, { merge: true }) as { services: Record<string, ComposeService> }).services;
    const service = services[name]!;
    const [CONF, STATE] = [join(folder, name, 'conf'), join(folder, name, 'state')];
    this.name = name;
    this.environment = { ...service.environment, CONF, STATE, ...service['x-native'].environment, ...environment };
    this.log = join(folder, name, 'log');
    this.#command = service.command;
    this.#templates = join(root, service['x-native'].render);
    this.#readyUrl = service['x-ready'].replace('$SELF', this.environment['SELF']!);
    this.#patch = patch;
  }

  get pid(): number {
    return this.#process!.pid!;
  }

  async start(): Promise<void> {
    const { CONF, STATE } = this.environment as { CONF: string; STATE: string };
    mkdirSync(STATE, { recursive: true });
    const environment = { PATH: process.env['PATH'], ...this.environment };
    execFileSync(process.execPath, ['tools/render/cli.ts', this.#templates, CONF], { cwd: root, env: environment });
    for (const file of readdirSync(CONF)) {
      const path = join(CONF, file);
      writeFileSync(path, this.#patch(file, readFileSync(path, 'utf8')));
    }
    // A file, not a pipe: nginx opens /dev/stdout by name, which it cannot where that is a socket.
    const log = openSync(this.log, 'a');
    const [program, ...args] = this.#command;
    this.#process = spawn(program, args, { cwd: root, env: environment, stdio: ['ignore', log, log] });
    const hasEnded = () => this.#process?.exitCode !== null;
    await until(async () => hasEnded() || (await fetch(this.#readyUrl)).status === 200, `${this.name} is ready`);
    if (hasEnded()) throw new Error(`${this.name} ended:\n${readFileSync(this.log, 'utf8')}`);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const stopping = this.#process;
    if (!stopping || stopping.exitCode !== null || stopping.signalCode !== null) return;
    stopping.kill(signal);
    await once(stopping, 'exit');
  }
}

/** A patch that takes a mechanism out; it fails where the mechanism is not there, so a control cannot pass by accident. */
export const replacing = (inFile: string, from: string, to: string): Patch => {
  return (file, text) => {
    if (file !== inFile) return text;
    if (!text.includes(from)) throw new Error(`${inFile} has no "${from}"`);
    return text.replaceAll(from, to);
  };
};
