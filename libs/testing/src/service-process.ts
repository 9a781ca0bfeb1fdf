import { spawn, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import { until } from './until.ts';

export interface LogLine extends Record<string, unknown> {
  level: string;
  msg: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What the process gets, and nothing of the surroundings but this. */
export interface ServiceEnvironment extends Record<string, string> {
  /** The address that it binds. */
  SELF: string;
  /** The replica's name. */
  NAME: string;
}

const tether = join(import.meta.dirname, `tether${extname(import.meta.filename)}`);

/** A built service as a process of its own, which ends with its spec, however that ends. */
export class ServiceProcess implements AsyncDisposable {
  /** The API, without a slash at the end. */
  readonly url: string;
  readonly adminUrl: string;
  readonly child: ChildProcess;
  /** Settles when the process has ended and all that it said has been read. */
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';
  readonly #name: string;
  #exit: Exit | undefined;

  /** @param main the file that the build made of `main.ts` */
  constructor(main: string, environment: ServiceEnvironment) {
    const { SELF, NAME, PORT = '8080', ADMIN_PORT = '9090' } = environment;
    this.#name = NAME;
    this.url = `http://${SELF}:${PORT}`;
    this.adminUrl = `http://${SELF}:${ADMIN_PORT}`;
    this.child = spawn(process.execPath, ['--import', tether, main], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = new Promise((resolve) =>
      this.child.once('close', (code, signal) => resolve((this.#exit = { code, signal }))),
    );
  }

  /** Waits until it is ready. @throws with what it said when it ends instead, or what it waits for */
  async ready(withinMs?: number): Promise<this> {
    const isReadyOrGone = async () => {
      if (this.#exit) return true;
      const response = await fetch(`${this.url}/readyz`);
      const said = await response.text();
      if (!response.ok) throw new Error(said);
      return true;
    };
    await until(isReadyOrGone, `${this.#name} is ready`, withinMs);
    if (!this.#exit) return this;
    const { code, signal } = this.#exit;
    throw new Error(`${this.#name} ended (${signal ?? code}) before it was ready:\n${this.stderr}${this.stdout}`);
  }

  /** Whether it says now that it is ready, as a proxy's probe sees it; one that does not listen is not. */
  async isReady(): Promise<boolean> {
    return fetch(`${this.url}/readyz`).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );
  }

  /** Its log so far. @throws when a line is no JSON */
  get log(): LogLine[] {
    const complete = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return complete.split('\n').filter(Boolean).map(parsed);
  }

  /** Waits for a line whose message contains `text`. */
  logged(text: string): Promise<LogLine> {
    return until(() => this.log.find(({ msg }) => msg.includes(text)), `${this.#name} has logged "${text}"`);
  }

  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.child.kill(signal);
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch (cause) {
    throw new Error(`a line of the log is no JSON: ${line}`, { cause });
  }
}
