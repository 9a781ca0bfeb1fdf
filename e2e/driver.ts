import type { Replica, SystemUnderTest } from '@almanac/experiments';

/** The running system, whichever way it was started. The suites of this folder know no other way to touch it. */
export interface System extends SystemUnderTest {
  /** The plain HTTP entry, which only redirects. */
  readonly plainUrl: string;
  /** Starts what is not running and waits until all replicas are ready. */
  start(): Promise<void>;
  /** Ends everything. */
  stop(): Promise<void>;
  /** Waits until each is ready. */
  ready(...replicas: Replica[]): Promise<void>;
  /** Switches a fault on in a replica of ours (libs/service/src/faults.ts); it heals by itself. */
  inject(replica: Replica, fault: object): Promise<void>;
  /** What the replica has logged so far. */
  logs(replica: Replica): Promise<string>;
}
