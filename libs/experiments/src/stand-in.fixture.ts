import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Replica, ReplicaState, SystemUnderTest } from './system.ts';

type Handler = (asked: IncomingMessage, answer: ServerResponse, held: Set<Replica>) => void;

/** A system of one server with two replicas that it only speaks of, and which says what was done to it. */
export class StandIn implements SystemUnderTest {
  readonly done: string[] = [];
  readonly held = new Set<Replica>();
  /** How each request is answered. */
  handler: Handler = (_, answer) =>
    answer.writeHead(200, { 'x-served-by': 'a-1', 'cache-status': 'c; fwd=miss' }).end();
  readonly asked: string[] = [];
  readonly ca: string;
  readonly loadSecret = 'secret';
  url = '';
  readonly #server: ReturnType<typeof createServer>;
  readonly #starts: Record<Replica, number> = { 'a-1': 0, 'a-2': 0 };

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'almanac-stand-in-'));
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    this.ca = readFileSync(cert, 'utf8');
    this.#server = createServer({ key: readFileSync(key), cert: this.ca }, (asked, answer) => {
      this.asked.push(asked.url!);
      this.handler(asked, answer, this.held);
    });
    rmSync(folder, { recursive: true });
  }

  async listen(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const { port } = this.#server.address() as AddressInfo;
    this.url = `https://127.0.0.1:${port}`;
    return this;
  }
  async [Symbol.asyncDispose]() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #do(what: string) {
    this.done.push(what);
    await Promise.resolve();
  }
  async signal(replica: Replica, signal: NodeJS.Signals) {
    this.#starts[replica]! += 1;
    await this.#do(`${signal} ${replica}`);
  }
  freeze = (replica: Replica) => this.#do(`freeze ${replica}`);
  rotateCertificate = () => this.#do('rotate');
  async restart(replica: Replica) {
    await this.#do(`restart ${replica}`);
    return 0;
  }
  async hold(...replicas: Replica[]) {
    for (const replica of replicas) this.held.add(replica);
    await this.#do(`hold ${replicas.join(' ')}`);
  }
  async release(...replicas: Replica[]) {
    for (const replica of replicas) this.held.delete(replica);
    await this.#do(`release ${replicas.join(' ')}`);
  }
  states(): Promise<Record<Replica, ReplicaState>> {
    const each = Object.entries(this.#starts).map(([name, starts]): [Replica, ReplicaState] => [
      name,
      { instance: this.held.has(name) ? undefined : String(starts), ready: !this.held.has(name), restarts: 0 },
    ]);
    return Promise.resolve(Object.fromEntries(each));
  }
  replicaOf = (name: string) => name;
}
