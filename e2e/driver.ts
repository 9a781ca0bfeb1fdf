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

/** The running system, whichever way it was started. The suites of this folder know no other way to touch it. */
export interface System {
  /** The visitor's entry, e.g. https://127.100.3.1:8443. */
  readonly url: string;
  /** The plain HTTP entry, which only redirects. */
  readonly plainUrl: string;
  /** PEM of the authority that signed the edge's certificate. */
  readonly ca: string;
  /** Starts what is not running and waits until all replicas are ready. */
  start(): Promise<void>;
  /** Ends everything. */
  stop(): Promise<void>;
  /** Sends a signal to the replica's main process. */
  signal(replica: Replica, signal: NodeJS.Signals): Promise<void>;
  /**
   * A rolling restart's step: SIGTERM, gone, started again. Answers when it is ready; the exit code of the old process,
   * undefined where a signal ended it.
   */
  restart(replica: Replica): Promise<number | undefined>;
  /** Takes the replica down and keeps it down until `release`. */
  hold(...replicas: Replica[]): Promise<void>;
  /** Lets held replicas run again; does not wait for them. */
  release(...replicas: Replica[]): Promise<void>;
  /** Waits until each is ready. */
  ready(...replicas: Replica[]): Promise<void>;
  states(): Promise<Record<Replica, ReplicaState>>;
  /** Which replica it is that calls itself so in X-Served-By, Cache-Status or X-Edge, or did before it was replaced. */
  replicaOf(name: string): Replica;
  /** What the replica has logged so far. */
  logs(replica: Replica): Promise<string>;
}
