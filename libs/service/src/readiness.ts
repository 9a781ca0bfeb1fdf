import { Injectable } from '@nestjs/common';

/** Something that must be there before the replica takes traffic: data it loads, never another service's health. */
export class Gate {
  #reason: string | undefined = 'starting';

  constructor(readonly name: string) {}

  open(): void {
    this.#reason = undefined;
  }

  close(reason: string): void {
    this.#reason = reason;
  }

  /** Why it is closed; undefined when it is open. */
  get reason(): string | undefined {
    return this.#reason;
  }
}

/** Whether this replica takes traffic: all gates open and not draining. */
@Injectable()
export class Readiness {
  readonly #gates = new Map<string, Gate>();
  #draining = false;

  /** A new gate, closed until `open()`. Asked for again by the same name, it is the same gate. */
  gate(name: string): Gate {
    let gate = this.#gates.get(name);
    if (!gate) this.#gates.set(name, (gate = new Gate(name)));
    return gate;
  }

  drain(): void {
    this.#draining = true;
  }

  /** What is waited for, by the gate's name. */
  get waitingFor(): Record<string, string> {
    const closed = [...this.#gates.values()].flatMap(({ name, reason }) =>
      reason === undefined ? [] : [[name, reason] as const],
    );
    return { ...Object.fromEntries(closed), ...(this.#draining ? { shutdown: 'draining' } : {}) };
  }

  get ready(): boolean {
    if (this.#draining) return false;
    for (const { reason } of this.#gates.values()) if (reason !== undefined) return false;
    return true;
  }
}
