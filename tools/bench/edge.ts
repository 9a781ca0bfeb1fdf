import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Way } from './bare-servers.ts';
import { cachedPath, startWays, uncachedPath } from './edge-ways.ts';
import { Instance } from './instance.ts';
import { assertTools, compare, interleaved, pinServers, type Target } from './load.ts';
import { stopWithUs } from './processes.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 4);

/** What the edge and a cache cost beside nginx and Varnish with nothing in their configuration that they could do without. */
export async function bench(): Promise<boolean> {
  assertTools();
  const instance = new Instance();
  stopWithUs(instance);
  try {
    const ways = await startWays(instance);
    pinServers(Object.values(ways).flatMap(({ pids }) => pids));
    const targets = (path: string, named: Record<string, Way>, more: Partial<Target> = {}): Target[] => {
      const paths = join(instance.state, `path-${path.split('/').at(-1)!}`);
      writeFileSync(paths, `${path}\n`);
      return Object.entries(named).map(([name, { at, pids }]) => ({
        name,
        url: `https://${at}`,
        paths,
        pids,
        ...more,
      }));
    };
    const measured = async (title: string, all: Target[], floor: number, aim: number, by?: 'cpuMicroseconds') => {
      console.log(title);
      return compare(all, await interleaved(all, rounds, seconds), floor, aim, by);
    };
    const results: boolean[] = [];

    const cached = targets(cachedPath, {
      'edge → cache': ways.chain,
      'bare nginx → bare Varnish': ways.bareChain,
      'edge → bare nginx': ways.edge,
      'bare nginx → cache': ways.cache,
      'bare nginx → bare nginx': ways.nginxTwice,
      'bare nginx': ways.nginx,
    });
    results.push(await measured('A cached word, by TLS 1.3, 32 connections that are kept', cached, 0.5, 0.65));

    const uncached = targets(uncachedPath, {
      'edge → cache → origin': ways.chainAndOrigin,
      'bare nginx → bare Varnish → origin': ways.bareChainAndOrigin,
      'bare nginx → bare nginx → origin': ways.nginxTwiceAndOrigin,
    });
    results.push(await measured('Another word each time: never cached', uncached, 0.5, 0.65));

    const refused = targets(
      cachedPath,
      {
        'edge → cache': ways.limited,
        'bare nginx → bare Varnish': ways.vsthrottle,
        'bare nginx → bare nginx, limit_req': ways.limitReq,
      },
      { isRefused: true },
    );
    results.push(await measured('Beyond the limit: 429', refused, 0.5, 0.65));

    for (const [connections, kind] of [
      ['new', 'whole handshake'],
      ['resumed', 'handshake that resumes the last session'],
    ] as const) {
      const handshakes = targets(
        cachedPath,
        { 'edge → cache': ways.chain, 'bare nginx → bare Varnish': ways.bareChain },
        { connections },
      );
      const title = `The cached word, each time on another connection with a ${kind}, 8 at a time; by processor time`;
      results.push(await measured(title, handshakes, 0.6, 0.75, 'cpuMicroseconds'));
    }
    return results.every(Boolean);
  } finally {
    await instance.stop();
  }
}
