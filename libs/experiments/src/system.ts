/** One replica or process of the system, by its name in docker-compose.yml (`dictionary-2`, `cache-1`, `edge` …). */
export type Replica = string;

export interface ReplicaState {
  /** Which process or container it is: another one after each start. Undefined while there is none. */
  instance: string | undefined;
  /** Whether it takes traffic. */
  ready: boolean;
  /** How often it has been started again after it ended by itself. */
  restarts: number;
}

/** What an experiment needs of a running system, whichever way it was started. */
export interface SystemUnderTest {
  /** The visitor's entry, e.g. https://localhost:8443. */
  readonly url: string;
  /** PEM of the authority that signed the edge's certificate. */
  readonly ca: string;
  /** What load tests show to the edge, so that no limit for a single visitor holds for them. */
  readonly loadSecret: string;
  /** Sends a signal to the replica's main process. */
  signal(replica: Replica, signal: NodeJS.Signals): Promise<void>;
  /** Stops the replica's main process; after a time it goes on by itself. Answers when it is stopped. */
  freeze(replica: Replica, forMs: number): Promise<void>;
  /**
   * A rolling restart's step: SIGTERM, gone, started again. Answers when it is ready; the exit code of the old process,
   * undefined where a signal ended it.
   */
  restart(replica: Replica): Promise<number | undefined>;
  /** Takes the replicas down and keeps them down until `release`. */
  hold(...replicas: Replica[]): Promise<void>;
  /** Lets held replicas run again; does not wait for them. */
  release(...replicas: Replica[]): Promise<void>;
  /** Gives each tier with TLS a new certificate, which it loads while it goes on answering. */
  rotateCertificate(): Promise<void>;
  states(): Promise<Record<Replica, ReplicaState>>;
  /** Which replica it is that calls itself so in X-Served-By, Cache-Status or X-Edge, or did before it was replaced. */
  replicaOf(name: string): Replica;
  /** Where the connections of the visitor with this number come from, where there are several addresses to come from. */
  addressOf?(visitor: number): string;
}
