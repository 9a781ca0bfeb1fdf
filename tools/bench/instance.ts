import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const part = (from: number, to: number) => from + Math.floor(Math.random() * (to - from));

interface Status {
  services: { name: string; pid?: number; ready: boolean }[];
}

/** The whole system, started as a user starts it, or single processes, beside any other: a network and a state folder of their own. */
export class Instance {
  // Above 127.77.0, where `npm start` is.
  readonly net = `127.${part(78, 121)}.${part(0, 256)}`;
  readonly state = mkdtempSync(join(tmpdir(), 'almanac-bench-'));
  /** What names it to the commands of the house. */
  readonly environment = { NET: this.net, PUBLISH: `${this.net}.1`, ALMANAC_STATE: this.state };
  readonly #others: ChildProcess[] = [];
  #isStarted = false;

  async #almanac(...args: string[]): Promise<string> {
    const env = { ...process.env, ...this.environment };
    const options = { cwd: root, env, maxBuffer: 1e8 };
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'tools/almanac.mjs'), ...args], options);
    return stdout;
  }

  /** Answers after how many seconds all was ready. */
  async start(): Promise<number> {
    const beganMs = performance.now();
    this.#isStarted = true;
    await this.#almanac('start', '--detach');
    return (performance.now() - beganMs) / 1000;
  }

  async pids(): Promise<Map<string, number>> {
    const { services } = JSON.parse(await this.#almanac('status', '--json')) as Status;
    return new Map(services.map(({ name, pid }) => [name, pid!]));
  }

  /** Another process beside the system; ready when `url` answers. */
  async run(command: string[], env: Record<string, string>, url: string): Promise<number> {
    const [program, ...args] = command;
    const log = openSync(join(this.state, 'bench.log'), 'a');
    const options = { cwd: root, env: { ...process.env, ...env } };
    const child = spawn(program!, args, { ...options, stdio: ['ignore', log, log] });
    this.#others.push(child);
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    while (!hasEnded() && !(await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)))
      await sleep(50);
    if (hasEnded()) throw new Error(`${program} ended:\n${readFileSync(join(this.state, 'bench.log'), 'utf8')}`);
    return child.pid!;
  }

  async stopSystem(): Promise<void> {
    await this.#almanac('stop');
  }

  async stop(): Promise<void> {
    for (const child of this.#others) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill();
      await once(child, 'exit');
    }
    if (this.#isStarted) await this.stopSystem();
    rmSync(this.state, { recursive: true, force: true });
  }
}
