import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { besideEachOf, layerByUrl, layerByVisitor } from './cache-placements.ts';
import { drawing } from './caches-drawing.ts';
import { figureOf, load, pathsOf, traffic, type CacheFigures, type Fleet, type Measured } from './caches-load.ts';
import { assertTools, median, pinLoad, pinServers } from './load.ts';
import { OwnServers } from './own-servers.ts';
import { descendantsOf, pssMiB, stopWithUs } from './processes.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const requests = Number(process.env['BENCH_REQUESTS'] ?? 6000);
/** Of each word's rank: 0 is all words alike. */
const exponent = Number(process.env['BENCH_ZIPF'] ?? 1);
/** Of copies, in all caches of a placement together. */
const storageMiB = Number(process.env['BENCH_MIB'] ?? 10);
const drawTo = process.env['BENCH_DRAW'];
const replicas = Number(process.env['BENCH_REPLICAS'] ?? 10);
/** Enough that all caches are full. */
const warmUpRounds = 7;
/** Few, so that times are those of an answer and not of a queue. */
const abreast = 4;
/** How often more the replicas must be asked with ten small caches than with two large ones. */
const floor = 1.2;

const placements = [
  layerByVisitor,
  layerByUrl,
  ...[2, 5].filter((few) => few < replicas).map(besideEachOf),
  besideEachOf(replicas),
];

/** Few large caches in front of the replicas, or a small one beside each: the same storage, the same traffic. */
export async function bench(): Promise<boolean> {
  assertTools();
  const servers = new OwnServers();
  stopWithUs(servers);
  try {
    const origins = await startReplicas(servers);
    const paths = await pathsOf(origins[0]!);
    const fleets = await startCaches(servers, origins);
    pinLoad();
    console.log(
      `${paths.length} words by Zipf's law with exponent ${exponent}; ${storageMiB} MiB for copies in all, ${replicas} replicas;\n` +
        `median of ${rounds} rounds of ${requests} requests, ${abreast} at a time, ${cpus().length} processors`,
    );
    const measured = await interleaved(fleets, origins, paths);
    print(measured);
    if (drawTo) writeFileSync(drawTo, drawing(measured, storageMiB));
    return judge(measured);
  } finally {
    await servers.stop();
  }
}

/** Every placement gets the same requests, in turn with the others, so that what else the machine does falls on all. */
async function interleaved(fleets: Fleet[], origins: string[], paths: string[]): Promise<Measured[]> {
  const warmUp = traffic(paths, exponent, 0, warmUpRounds * requests);
  for (const fleet of fleets) await load(fleet, origins, warmUp, 8 * abreast);
  const figures: CacheFigures[][] = fleets.map(() => []);
  for (let round = 1; round <= rounds; round++) {
    const looks = traffic(paths, exponent, round, requests);
    for (const [n, fleet] of fleets.entries()) figures[n]!.push(await load(fleet, origins, looks, abreast));
  }
  return fleets.map(({ placement, pids }, n) => {
    const processesMiB = pids.reduce((sum, pid) => sum + pssMiB(pid), 0);
    return { placement, rounds: figures[n]!, processesMiB };
  });
}

async function startReplicas(servers: OwnServers): Promise<string[]> {
  await servers.start('web', 'web', `${servers.net}.31`);
  const origins = Array.from({ length: replicas }, (_, n) => `${servers.net}.${41 + n}`);
  for (const [n, address] of origins.entries())
    pinServers([await servers.start('dictionary-1', `dictionary-${n + 1}`, address)]);
  return origins;
}

async function startCaches(servers: OwnServers, origins: string[]): Promise<Fleet[]> {
  let last = 100;
  const nobody = `${servers.net}.99:8080`;
  const fleets: Fleet[] = [];
  for (const placement of placements) {
    const fleet: Fleet = { placement, addresses: [], pids: [] };
    for (let n = 0; n < placement.caches; n++) {
      const address = `${servers.net}.${++last}`;
      const beside = placement.isBeside ? [origins[n]!] : origins;
      const changes = {
        MEMORY: `${Math.round((storageMiB * 1024) / placement.caches)}K`,
        DICTIONARY: beside.map((origin) => `${origin}:8080`).join(' '),
        RECENT: nobody,
        WEB: nobody,
        // All replicas are ready here, and thirty caches that ask them would be a load of their own.
        PROBED: 'off',
        RATE_ANONYMOUS_BURST: '1000000',
        RATE_ANONYMOUS_REFILL: '0.1ms',
      };
      fleet.pids.push(await servers.start('cache-1', `cache-${last}`, address, changes));
      fleet.addresses.push(address);
    }
    pinServers(fleet.pids.flatMap(descendantsOf));
    fleets.push(fleet);
  }
  return fleets;
}

function print(measured: Measured[]): void {
  console.log(`\n${'caches'.padEnd(26)}MiB each   hits %   origin of 1000   p50 ms   p99 ms   processes MiB`);
  for (const one of measured) {
    const numbers = [
      (storageMiB / one.placement.caches).toFixed(1).padStart(8),
      figureOf(one, 'hitPercent').toFixed(1).padStart(9),
      figureOf(one, 'originPerThousand').toFixed(0).padStart(17),
      figureOf(one, 'p50Ms').toFixed(2).padStart(9),
      figureOf(one, 'p99Ms').toFixed(2).padStart(9),
      one.processesMiB.toFixed(0).padStart(16),
    ];
    console.log(one.placement.name.padEnd(26) + numbers.join(''));
  }
}

/** Ten small caches beside two large ones, as the edge asks these. */
function judge(measured: Measured[]): boolean {
  const [large, small] = [measured[0]!, measured.at(-1)!];
  const ratio = (key: keyof CacheFigures) => median(small.rounds.map((round, n) => round[key] / large.rounds[n]![key]));
  const origin = ratio('originPerThousand');
  console.log(
    `\n${small.placement.name}, against ${large.placement.name}: the replicas are asked ${origin.toFixed(2)} times as often ` +
      `(floor ${floor}: ${origin >= floor ? 'reached' : 'BELOW THE FLOOR'}), p50 x ${ratio('p50Ms').toFixed(2)}, p99 x ${ratio('p99Ms').toFixed(2)}\n`,
  );
  return origin >= floor;
}
