// What nginx and Varnish do with the addresses of a row of the routing table, whatever the row says about it.
import { until } from '@almanac/testing';
import { Chain } from './chain.ts';
import { replacing, type Patch } from './native-service.ts';
import { Origin, type Answer, type Received } from './origin.ts';
import type { Behaviour, Route } from './routing-table.ts';

type Observations = { [Column in keyof Behaviour]: (row: Route) => Promise<Behaviour[Column]> };

const everyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const someParameters = ['prefix', 'limit', 'q', 'as', 'z', 'utm_source', 'q[]'];
const forAYear: Answer = (response) =>
  response.setHeader('Cache-Control', 'max-age=31536000, s-maxage=31536000').end('{}');
// After some bytes: where there are none on a connection that was used before, Varnish itself asks once more.
const breakOff: Answer = ({ socket }) => socket!.write('HTTP/1.1 2', () => socket!.resetAndDestroy());

let unique = 0;
/** A row's example as an address that nobody has used yet. */
export const fresh = ({ example }: { example: string }) => `${example}-${++unique}`;

export class Observer implements Observations {
  readonly chain: Chain;
  /** Its edge has one cache that answers, and this one that does not. */
  readonly halfChain: Chain;
  readonly badCache: Origin;

  private constructor(chain: Chain, halfChain: Chain) {
    this.chain = chain;
    this.halfChain = halfChain;
    this.badCache = new Origin('bad cache', halfChain.caches[0]!.environment['SELF']!);
  }

  static async start(patch: Patch = (_, text) => text): Promise<Observer> {
    // Never left out after failures, so that each row meets it.
    const notLeftOut = replacing('nginx.conf', 'max_fails=3', 'max_fails=0');
    const chain = await Chain.start({ patch });
    const halfChain = await Chain.start({
      cachesStarted: false,
      patch: (file, text) => notLeftOut(file, patch(file, text)),
    });
    const observer = new Observer(chain, halfChain);
    await Promise.all([observer.badCache.start(), observer.halfChain.caches[1]!.start()]);
    return observer;
  }

  async stop(): Promise<void> {
    await Promise.all([this.chain.stop(), this.halfChain.stop()]);
    await this.badCache.kill();
  }

  /** Nothing has been asked, and nothing is kept. */
  reset(): void {
    this.chain.forget();
    this.chain.emptyCaches();
    this.badCache.received = [];
  }

  /** What services were asked. */
  get received(): Received[] {
    return this.chain.origins.flatMap(({ received }) => received);
  }

  async service(row: { example: string }) {
    const { headers } = await this.chain.client.call(fresh(row));
    if (this.received.length === 0) return 'none';
    return String(headers['x-served-by']).replace(/-\d$/, '') as Behaviour['service'];
  }

  async methods(row: Route) {
    const taken: string[] = [];
    for (const method of everyMethod) {
      this.reset();
      const { status } = await this.chain.client.call(fresh(row), { method });
      if (status === 200 && this.received.length === 1) taken.push(method);
      else if (status !== 405 || this.received.length > 0) throw new Error(`${method} gets ${status}`);
    }
    return taken;
  }

  async cache(row: Route) {
    for (const origin of this.chain.origins) origin.answer = forAYear;
    const address = fresh(row);
    await this.chain.client.call(address);
    const { headers } = await this.chain.client.call(address);
    const ttl = /; hit; ttl=(\d+)$/.exec(String(headers['cache-status']));
    if (!ttl) return false;
    // To the minute, for it has begun to run.
    const secondsMax = Math.ceil(Number(ttl[1]) / 60) * 60;
    const query: string[] = [];
    for (const name of someParameters) {
      const url = new URL(fresh(row), 'http://any');
      const addresses = [1, 2].map((value) => {
        url.searchParams.set(name, String(value));
        return url.pathname + url.search;
      });
      if ((await this.#copiesOf(addresses)) > 1) query.push(name);
    }
    const onePerRow = (await this.#copiesOf([fresh(row), fresh(row)])) < 2;
    return { secondsMax, query, ...(onePerRow && { onePerRow }) };
  }

  async identity(row: Route) {
    await this.chain.client.call(fresh(row), { headers: { Cookie: 'session=1', Authorization: 'Bearer 1' } });
    const { cookie, authorization } = this.received[0]!.headers;
    return cookie === undefined && authorization === undefined ? 'none' : 'passed on';
  }

  async affinity(row: Route) {
    for (let visitor = 0; visitor < 8; visitor++) {
      const route = visitor.toString(16).repeat(32);
      this.reset();
      for (let call = 0; call < 4; call++) {
        // From several addresses, so that both caches are asked.
        const headers = { Cookie: `session=1; __Host-visitor=${route}.${'A'.repeat(22)}` };
        await this.chain.client.call(fresh(row), { headers, from: `127.0.0.${call + 1}` });
      }
      if (this.received.some(({ headers }) => headers.cookie !== `__Host-visitor=${route}.${'A'.repeat(22)}`))
        return 'none';
      if (new Set(this.chain.recents.filter(({ received }) => received.length > 0)).size !== 1) return 'none';
    }
    return 'visitor';
  }

  async bodyBytesMax(row: Route) {
    const method = row.methods.includes('POST') ? 'POST' : 'GET';
    let [most, tooMany] = [0, 2 ** 15];
    while (tooMany - most > 1) {
      const bytes = Math.floor((most + tooMany) / 2);
      const { status } = await this.chain.client.call(fresh(row), { method, body: 'x'.repeat(bytes) });
      if (status === 200) most = bytes;
      else if (status === 413) tooMany = bytes;
      else throw new Error(`${bytes} bytes get ${status}`);
    }
    return most;
  }

  async timeoutMs(row: Route) {
    await this.chain.client.call(fresh(row));
    const halfMs = Number(this.received[0]!.headers['x-timeout-ms']);
    // To half a second, for it has begun to run.
    return Math.ceil((2 * halfMs) / 500) * 500;
  }

  async retriedBy(row: Route) {
    const by: Behaviour['retriedBy'] = [];
    this.badCache.answer = breakOff;
    let visitor = 0;
    let status: number | undefined;
    await until(async () => {
      ({ status } = await this.halfChain.client.call(fresh(row), { from: `127.0.0.${++visitor}` }));
      return this.badCache.received.length > 0;
    });
    if (status === 200) by.push('edge');
    for (const origin of this.chain.origins) origin.answer = breakOff;
    await this.chain.client.call(fresh(row));
    if (this.received.length > 1) by.push('cache');
    return by;
  }

  async #copiesOf(addresses: string[]): Promise<number> {
    const before = this.received.length;
    for (const address of addresses) await this.chain.client.call(address);
    return this.received.length - before;
  }
}
