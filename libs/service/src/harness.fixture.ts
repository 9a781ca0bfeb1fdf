// Starts the fixture's service for a spec: in this process, or as a process of its own from its build.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { start, type Service } from './start.ts';
import { environment, ThingsModule } from './things.fixture.ts';

const NET = `127.${64 + Math.floor(Math.random() * 56)}.${Math.floor(Math.random() * 256)}`;
let host = 1;

/** A loopback address that nothing else uses, so that every service has the ports that it has anywhere. */
export const address = (): string => `${NET}.${host++}`;

export type Things = Service<typeof environment> & AsyncDisposable;

export async function startThings(variables: Record<string, string> = {}): Promise<Things> {
  const service = await start(
    { name: 'things', environment, module: ThingsModule, openapi: () => ({ openapi: '3.1.1' }) },
    { SELF: address(), LOG_LEVEL: 'silent', DRAIN_MS: '0', ...variables },
  );
  return Object.assign(service, { [Symbol.asyncDispose]: () => service.stop() });
}

export interface Line extends Record<string, unknown> {
  level: string;
  msg: string;
}

export class ThingsProcess {
  readonly url: string;
  readonly adminUrl: string;
  readonly child: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  stdout = '';
  stderr = '';

  constructor(variables: Record<string, string> = {}) {
    const self = variables['SELF'] ?? address();
    this.url = `http://${self}:8080`;
    this.adminUrl = `http://${self}:9090`;
    this.child = spawn(process.execPath, [join(import.meta.dirname, '../dist/things.fixture.js')], {
      env: { SELF: self, NAME: 'things-1', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = once(this.child, 'close').then(([code, signal]) => ({ code, signal }) as never);
  }

  /** The log, each line of which has to be a JSON object. */
  get log(): Line[] {
    const complete = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return complete
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }

  logged(msg: string): Promise<Line> {
    return until(() => this.log.find((line) => line.msg.includes(msg)));
  }

  async ready(): Promise<this> {
    await until(() => isReady(this.url));
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

export async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    async (response) => (await response.body?.cancel(), response.ok),
    () => false,
  );
}

/** Waits for a condition. @throws that it never held */
export async function until<T>(condition: () => T | Promise<T>, withinMs = 20_000): Promise<NonNullable<T>> {
  for (const end = performance.now() + withinMs; performance.now() < end; await delay(10)) {
    const value = await condition();
    if (value) return value;
  }
  throw new Error(`never held: ${condition}`);
}

/** Sends bytes as they are and collects what comes back until the other side ends. */
export async function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

export async function metrics({ adminUrl }: { adminUrl: string }): Promise<string> {
  return (await fetch(`${adminUrl}/metrics`)).text();
}
