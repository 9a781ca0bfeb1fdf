// The chain of chapter 5 on an own network: the edge, two caches, and stand-ins for what is behind them.
import { loopback, until } from '@almanac/testing';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from './client.ts';
import { NativeService, type Patch } from './native-service.ts';
import { Origin } from './origin.ts';

export interface ChainOptions {
  environment?: Record<string, string>;
  patch?: Patch;
  /** Whether to wait until the caches see the origins as ready. */
  settled?: boolean;
  originsStarted?: boolean;
  cachesStarted?: boolean;
  withEdge?: boolean;
  /** How many replicas remember visitors' look-ups. */
  recents?: number;
}

/** Limits that no spec reaches but those about limits, which set them, and no secret. */
const unlimited = { RATE_ANONYMOUS_BURST: '1000000', RATE_ANONYMOUS_REFILL: '1ms', LOAD_SECRET: 'off' };

export class Chain {
  /** With a blank in its path, as a checkout may have: whatever is not quoted does not start. */
  readonly folder = mkdtempSync(join(tmpdir(), 'almanac chain-'));
  readonly net = loopback().net;
  readonly edge: NativeService;
  readonly caches: NativeService[];
  readonly replicas: Origin[];
  readonly recents: Origin[];
  readonly web: Origin;
  readonly client: Client;

  private constructor({ environment: given = {}, patch, recents = 3 }: ChainOptions) {
    const CERTS = makeCertificate(this.folder);
    this.recents = Array.from({ length: recents }, (_, i) => new Origin(`recent-${i + 1}`, `${this.net}.5${i + 1}`));
    const environment = {
      ...unlimited,
      RECENT: this.recents.map(({ address }) => `${address}:8080`).join(' '),
      ...given,
    };
    const run = { net: this.net, folder: this.folder, ...(patch && { patch }) };
    const address = `${this.net}.11`;
    this.edge = new NativeService({ name: 'edge', ...run, environment: { CERTS, PUBLISHED: address, ...environment } });
    this.caches = ['cache-1', 'cache-2'].map((name) => new NativeService({ name, ...run, environment }));
    this.replicas = [1, 2, 3].map((number) => new Origin(`dictionary-${number}`, `${this.net}.4${number}`));
    this.web = new Origin('web', `${this.net}.31`);
    this.client = new Client(address, 8443, readFileSync(join(CERTS, 'edge.crt'), 'utf8'));
  }

  static async start(options: ChainOptions = {}): Promise<Chain> {
    const chain = new Chain(options);
    try {
      if (options.originsStarted !== false) await Promise.all(chain.origins.map((origin) => origin.start()));
      const caches = options.cachesStarted === false ? [] : chain.caches;
      const edges = options.withEdge === false ? [] : [chain.edge];
      await Promise.all([...edges, ...caches].map((server) => server.start()));
      if (options.settled !== false && caches.length > 0 && options.originsStarted !== false) await chain.settle();
      return chain;
    } catch (error) {
      await chain.stop();
      throw error;
    }
  }

  get origins(): Origin[] {
    return [...this.replicas, ...this.recents, this.web];
  }

  /** What the replicas of the dictionary were asked, in all. */
  get asked() {
    return this.replicas.flatMap(({ received }) => received);
  }

  /** A client of one cache, without the edge. */
  direct(cache: 1 | 2): Client {
    return new Client(`${this.net}.2${cache}`, 8080);
  }

  /** Waits until both caches see each origin as it is, and forgets what was asked meanwhile. */
  async settle(): Promise<void> {
    for (const cache of this.caches) {
      await until(() => {
        const health = backends(cache);
        return this.origins.every((origin) => health[backendOf(origin)] === origin.ready);
      });
    }
    this.forget();
  }

  /** Waits until both caches have noticed that a replica is ready, or is not. */
  async untilSeen(replica: Origin, ready: boolean): Promise<void> {
    for (const cache of this.caches) await until(() => backends(cache)[backendOf(replica)] === ready);
  }

  /** Origins answer well again and have been asked nothing. */
  forget(): void {
    for (const origin of this.origins) {
      origin.received = [];
      origin.answer = origin.answerWell;
    }
  }

  /** Nothing is cached any more. */
  emptyCaches(): void {
    for (const { environment } of this.caches)
      execFileSync('varnishadm', ['-n', environment['STATE']!, 'ban', 'obj.status != 0']);
  }

  async stop(): Promise<void> {
    this.client.close();
    await Promise.all([this.edge, ...this.caches].map((server) => server.stop()));
    await Promise.all(this.origins.map((origin) => origin.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the caches call it. */
const backendOf = ({ name }: Origin) => (name === 'web' ? 'web_1' : name.replace('-', '_'));

/** What a cache thinks of its backends, by name. */
export function backends(cache: NativeService): Record<string, boolean> {
  const list = execFileSync('varnishadm', ['-n', cache.environment['STATE']!, 'backend.list', '-j'], {
    encoding: 'utf8',
  });
  const [, , , states] = JSON.parse(list) as [
    unknown,
    unknown,
    unknown,
    Record<string, { probe_message: [number, number, string] }>,
  ];
  return Object.fromEntries(
    Object.entries(states).map(([name, { probe_message }]) => [
      name.replace('boot.', ''),
      probe_message[2] === 'healthy',
    ]),
  );
}

function makeCertificate(folder: string): string {
  const certs = join(folder, 'certs');
  mkdirSync(certs);
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    join(certs, 'edge.key'),
  ];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', ...key, ...names, '-days', '2', '-out', join(certs, 'edge.crt')], {
    stdio: 'ignore',
  });
  return certs;
}
