import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { renderFolder } from '../render/render.ts';
import { makeCertificates } from '../setup/certificates.mjs';
import { serviceOf } from './rendered.ts';

const root = join(import.meta.dirname, '../..');
const startMaxMs = 60_000;
const part = (from: number, to: number) => from + Math.floor(Math.random() * (to - from));

/** Services of docker-compose.yml, as many of each as wanted, on a network and in a folder of their own. */
export class OwnServers {
  readonly net = `127.${part(78, 121)}.${part(0, 256)}`;
  readonly state = mkdtempSync(join(tmpdir(), 'almanac-bench-'));
  readonly #started: ChildProcess[] = [];

  constructor() {
    makeCertificates(join(this.state, 'certs'), '127.0.0.1');
  }

  /** Starts a service once more as `name`, at another address; answers its process when it is ready. */
  async start(service: string, name: string, address: string, changes: Record<string, string> = {}): Promise<number> {
    const { command, environment, templates, readyUrl } = serviceOf(service, this);
    const folder = join(this.state, name);
    const own = { SELF: address, NAME: name, CONF: join(folder, 'conf'), STATE: join(folder, 'state') };
    const variables = { ...environment, ...own, ...changes };
    mkdirSync(own.STATE, { recursive: true });
    if (templates) renderFolder(join(root, templates), own.CONF, variables);
    const log = openSync(join(folder, 'log'), 'a');
    const options = { cwd: root, env: { ...process.env, ...variables } };
    const [program, ...args] = command!;
    const child = spawn(program!, args, { ...options, stdio: ['ignore', log, log] });
    this.#started.push(child);
    const url = readyUrl!.replace(environment['SELF']!, address);
    const endMs = performance.now() + startMaxMs;
    while (child.exitCode === null && performance.now() < endMs) {
      if ((await fetch(url).catch(() => undefined))?.status === 200) return child.pid!;
      await sleep(50);
    }
    throw new Error(`${name} is not ready:\n${readFileSync(join(folder, 'log'), 'utf8')}`);
  }

  async stop(): Promise<void> {
    const running = this.#started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ends = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill();
    await Promise.all(ends);
    rmSync(this.state, { recursive: true, force: true });
  }
}
