import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const part = (from: number, to: number) => from + Math.trunc(Math.random() * (to - from));

/** A loopback /24 of its own for each test run, so that runs beside each other share no port. */
export const net = `127.${part(64, 120)}.${part(0, 256)}`;

/** Polls until `condition` holds. */
export async function until(condition: () => Promise<boolean>, what: string, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`In vain waited ${timeoutMs} ms until ${what}.`);
    await delay(20);
  }
}

/** The place that words are fetched from. */
export class Origin {
  readonly url = `http://${net}.31:8080/data`;
  requests = 0;
  #server: Server | undefined;

  async start(listener: RequestListener): Promise<void> {
    await this.stop();
    this.#server = createServer((request, response) => {
      this.requests++;
      listener(request, response);
    });
    this.#server.listen(8080, `${net}.31`);
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    if (!this.#server) return;
    const closed = once(this.#server, 'close');
    this.#server.close().closeAllConnections();
    this.#server = undefined;
    await closed;
  }
}

/** The built server as a process of its own. */
export class ServerProcess {
  readonly url: string;
  readonly adminUrl: string;
  readonly #child: ChildProcess;
  output = '';

  constructor(number: number, environment: Record<string, string>) {
    const self = `${net}.${number}`;
    this.url = `http://${self}:8080`;
    this.adminUrl = `http://${self}:9090`;
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../dist/main.js')], {
      env: { SELF: self, NAME: `dictionary-${number}`, DRAIN_MS: '200', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.output += String(text)));
    this.#child = child;
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.adminUrl}/readyz`)).status === 200;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Ends the process and gives its exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }
}
