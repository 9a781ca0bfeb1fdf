import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loopback, until } from '@almanac/testing';
import { stringify } from 'yaml';
import { askRunner } from '../control.ts';
import { parseStat } from '../processes.ts';
import type { ServiceStatus, Status } from '../runner.ts';
import { stop } from '../start.ts';

const cli = join(import.meta.dirname, 'cli.ts');
const server = join(import.meta.dirname, 'server.mjs');

/** What it answers, by a connection of its own. */
export const bodyOf = (url: string) =>
  new Promise<string>((resolve, reject) =>
    get(url, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part)).on('end', () => resolve(text));
    }).on('error', reject),
  );

/** A service of the specs at `${NET}.<host>`: checked often, so that nobody waits long. */
export const service = (
  host: number,
  more: Record<string, unknown> = {},
  environment: Record<string, string> = {},
) => ({
  restart: 'always',
  stop_grace_period: '2s',
  'x-native': `node "${server}"`,
  'x-ready': 'http://$$SELF:8080/readyz',
  networks: { default: { ipv4_address: `\${NET}.${host}` } },
  environment: { SELF: `\${NET}.${host}`, ...environment },
  healthcheck: {
    test: ['CMD-SHELL', 'probe http://$$SELF:8080/livez'],
    interval: '100ms',
    timeout: '2s',
    retries: 2,
    start_period: '20s',
  },
  ...more,
});

/** A repository of its own with a compose file, and its runner as a person would call it. */
export class Fixture {
  readonly root = mkdtempSync(join(tmpdir(), 'almanac-runner-'));
  readonly state = join(this.root, '.almanac');
  readonly net = loopback().net;
  readonly #runs: { runner: ChildProcess; output: { text: string } }[] = [];

  constructor(services: Record<string, unknown>) {
    writeFileSync(join(this.root, 'docker-compose.yml'), stringify({ services }));
    writeFileSync(join(this.root, '.env'), '# none\n');
  }

  get environment() {
    const { PATH, HOME } = process.env;
    return { PATH, HOME, NET: this.net, PUBLISH: `${this.net}.1`, ALMANAC_STATE: this.state, SECRET: 'of the user' };
  }

  /** Starts a runner in the foreground. */
  run(...args: string[]) {
    const runner = spawn(process.execPath, [cli, 'start', ...args], {
      cwd: this.root,
      env: this.environment,
      detached: true,
    });
    const output = { text: '' };
    for (const stream of [runner.stdout, runner.stderr])
      stream.setEncoding('utf8').on('data', (part) => (output.text += part));
    this.#runs.push({ runner, output });
    return { runner, output, exit: new Promise<number | null>((resolve) => runner.once('exit', resolve)) };
  }

  /** A command that ends. */
  command(...args: string[]) {
    const options = { cwd: this.root, env: this.environment, encoding: 'utf8', timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], options);
    return { status, output: stdout + stderr };
  }

  status = () => askRunner<Status>(join(this.state, 'run'), 'status');
  ask = (action: string, ...names: string[]) => askRunner(join(this.state, 'run'), action, names, 30_000);
  of = async (name: string): Promise<ServiceStatus | undefined> =>
    (await this.status())?.services.find((one) => one.name === name);
  /** Waits until all are ready; fails at once when a runner has failed instead. */
  ready = async () => {
    const failed = () => this.#runs.find(({ runner }) => runner.exitCode);
    await until(async () => failed() ?? (await this.status())?.ready, 'all are ready');
    if (failed()) throw new Error(`the runner ended: ${failed()!.output.text}`);
  };
  /** A running service's state folder, where the server looks for its switches. */
  file = (name: string, file: string) => join(this.state, 'run', name, 'state', file);
  set = (name: string, file: string) => writeFileSync(this.file(name, file), '');

  /** The living processes of this fixture: those whose environment names its state folder. */
  processes(): number[] {
    const { stdout } = spawnSync('grep', ['-lsa', `ALMANAC_STATE=${this.state}`, ...environs()], { encoding: 'utf8' });
    const pids = stdout
      .split('\n')
      .filter(Boolean)
      .map((path) => Number(path.split('/')[2]));
    return pids.filter(
      (pid) => !['Z', 'X', undefined].includes(stateOf(pid)) && !this.#runs.some(({ runner }) => runner.pid === pid),
    );
  }

  async end() {
    await stop(this.state);
    for (const { runner } of this.#runs) runner.kill('SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
  }
}

const environs = () =>
  spawnSync('sh', ['-c', 'ls -d /proc/[0-9]*/environ'], { encoding: 'utf8' }).stdout.trim().split('\n');
const stateOf = (pid: number) => {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.state;
  } catch {
    return undefined;
  }
};
