import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { Condition, Step } from './experiment.ts';
import type { Load } from './load.ts';
import { ExperimentError } from './read.ts';
import type { Replica, ReplicaState, SystemUnderTest } from './system.ts';
import { loadVisitor, type Visitor } from './visitor.ts';

/** Between two looks at the system. */
const pauseMs = 250;
const withinSecondsDefault = 120;

/** What a step or a condition is called when it is told of, as the file has it: `kill dictionary-2`. */
export const told = (said: object): string =>
  Object.entries(said as Record<string, object | string | number | undefined>)
    .filter(([, value]) => value !== undefined)
    .map(([verb, value]) => `${verb} ${valueOf(value!)}`)
    .join(', ');
const valueOf = (value: unknown): string =>
  Array.isArray(value)
    ? value.join(', ')
    : typeof value === 'object'
      ? told(value as object)
      : `${value as string | number}`;

const certificateOf = ({ url, ca }: SystemUnderTest): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port), ca, timeout: 5_000 }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.end();
    });
    socket.on('timeout', () => socket.destroy(new Error('no handshake within 5 s')));
    socket.on('error', reject);
  });

/** What is done to a system, so that all of it can be undone whatever happens. */
export class Steps {
  readonly #system: SystemUnderTest;
  readonly #load: Load;
  readonly #pathOf: (template: string) => string;
  readonly #visitor: Visitor;
  readonly #held = new Set<Replica>();
  readonly #gathered = new Map<object, (path: string) => Promise<void>>();
  readonly #crowds: Promise<void>[] = [];
  #before: Record<Replica, ReplicaState> = {};
  #certificateBefore = '';

  constructor(system: SystemUnderTest, load: Load, pathOf: (template: string) => string) {
    this.#system = system;
    this.#load = load;
    this.#pathOf = pathOf;
    this.#visitor = loadVisitor(system, 0);
  }

  /** Remembers what the system is like before anything is done. */
  async remember(): Promise<void> {
    this.#before = await this.#system.states();
    this.#certificateBefore = await certificateOf(this.#system);
  }

  /** Lets those come who will all ask at once: their handshakes are no part of what is measured. */
  async gather(steps: Step[], path: string): Promise<void> {
    for (const { crowd } of steps)
      if (crowd) this.#gathered.set(crowd, await this.#load.gather(crowd.times, crowd.visitors, path));
  }

  async do(step: Step, signal: AbortSignal): Promise<void> {
    const system = this.#system;
    for (const replica of step.kill ?? []) await system.signal(replica, 'SIGKILL');
    await Promise.all(
      (step.freeze ?? []).map((replica) =>
        step.forMs === undefined ? system.signal(replica, 'SIGSTOP') : system.freeze(replica, step.forMs),
      ),
    );
    for (const replica of step.restart ?? []) {
      const code = await system.restart(replica);
      if (code !== 0) throw new ExperimentError(`${replica} did not end in order: ${code ?? 'a signal ended it'}`);
    }
    if (step.hold) {
      for (const replica of step.hold) this.#held.add(replica);
      await system.hold(...step.hold);
    }
    if (step.release) await this.#release(step.release);
    if (step.crowd) this.#crowds.push(this.#gathered.get(step.crowd)!(this.#pathOf(step.crowd.ask)));
    if (step.raise) this.#load.raise(step.raise.stream, step.raise.perSecond);
    if (step.rotate) await system.rotateCertificate();
    if (step.until) await this.reach(step.until, step.withinSeconds, signal);
  }

  /** Waits until it is so. */
  async reach(condition: Condition, withinSeconds = withinSecondsDefault, signal?: AbortSignal): Promise<void> {
    const isSo = this.#whether(condition);
    const endMs = performance.now() + withinSeconds * 1000;
    for (let last = ''; ; await sleep(pauseMs, undefined, { ...(signal && { signal }) })) {
      const so = await isSo().catch((error: Error) => void (last = `; at last: ${error.message}`));
      if (so) return;
      signal?.throwIfAborted();
      if (performance.now() > endMs) throw new ExperimentError(`not within ${withinSeconds} s${last}`);
    }
  }

  /** Undoes what was done, and waits until it is as before. */
  async putBack(): Promise<void> {
    await this.#release([...this.#held]);
    await Promise.all(this.#crowds);
    this.#visitor.close();
    await this.reach({ ready: Object.keys(this.#before) });
  }

  async #release(replicas: Replica[]): Promise<void> {
    const held = replicas.filter((replica) => this.#held.has(replica));
    if (held.length > 0) await this.#system.release(...held);
    for (const replica of held) this.#held.delete(replica);
  }

  #whether(condition: Condition): () => Promise<boolean> {
    const { answers, replaced, ready, notReady, answered, certificate } = condition;
    const each = async (replicas: Replica[], is: (now: ReplicaState, replica: Replica) => boolean) => {
      const now = await this.#system.states();
      return replicas.every((replica) => now[replica] && is(now[replica], replica));
    };
    if (answers !== undefined) {
      const wanted = this.#load.answered + answers;
      return () => Promise.resolve(this.#load.answered >= wanted);
    }
    if (replaced)
      return () => each(replaced, (now, name) => now.ready && now.instance !== this.#before[name]?.instance);
    if (ready) return () => each(ready, (now) => now.ready);
    if (notReady) return () => each(notReady, (now) => now.instance !== undefined && !now.ready);
    if (answered) return async () => (await this.#visitor.ask(this.#pathOf(answered.ask))).status === answered.status;
    if (certificate) return async () => (await certificateOf(this.#system)) !== this.#certificateBefore;
    throw new ExperimentError('a condition that says nothing');
  }
}
