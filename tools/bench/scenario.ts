// One release, or one crash, of the dictionary's replicas while visitors come.
import { setTimeout as sleep } from 'node:timers/promises';
import { Load, type SystemUnderTest } from '@almanac/experiments';
import { seenOf, type Seen } from './downtime.ts';

export interface Scenario {
  /** Which replicas there are. */
  running: string[];
  /** All are restarted, one after the other, or one is killed. */
  what: 'release' | 'crash';
  /** Words that no cache has, or that all have. */
  words: 'new' | 'cached';
}

export const perSecond = 100;
export const visitors = 16;
const withinMs = 60_000;

/** Lets visitors come, breaks what the scenario says, and answers when all replicas answer again. */
export async function measure(system: SystemUnderTest, scenario: Scenario, newWord: () => string): Promise<Seen> {
  const { running, what, words } = scenario;
  const cached = Array.from({ length: 10 }, newWord);
  let turn = 0;
  const wordOf = words === 'new' ? newWord : () => cached[turn++ % cached.length]!;
  const load = new Load({ system, pathOf: (ask) => ask.replace('{word}', wordOf), phase: () => 'broken' });
  try {
    const stream = { ask: '/api/dictionary/words/{word}', perSecond, visitors, expect: [200] };
    await load.start('visitors', { ...stream, connections: 'kept', as: 'load' });
    await reach(() => isWell(load, scenario), 'all replicas answer');
    if (what === 'release') for (const replica of running) await restart(system, replica);
    else await crash(system, running.at(-1)!);
    const before = load.answered;
    const isOver = () => load.answered >= before + perSecond && isWell(load, scenario);
    await reach(isOver, 'all replicas answer again');
  } finally {
    await load.stop();
  }
  return seenOf(load.calls);
}

/** Whether no call of the last second failed, and each replica has answered one. A copy names only who made it. */
function isWell({ calls, answered }: Load, { running, words }: Scenario): boolean {
  const last = calls.slice(-perSecond);
  const answers = (replica: string) => words === 'cached' || last.some(({ servedBy }) => servedBy === replica);
  return answered >= perSecond && last.every(({ expected }) => expected) && running.every(answers);
}

async function restart(system: SystemUnderTest, replica: string): Promise<void> {
  const code = await system.restart(replica);
  if (code !== 0) throw new Error(`${replica} did not end in order: ${code ?? 'a signal ended it'}`);
}

async function crash(system: SystemUnderTest, replica: string): Promise<void> {
  const before = (await system.states())[replica]!.instance;
  await system.signal(replica, 'SIGKILL');
  const isReplaced = async () => {
    const { instance, ready } = (await system.states())[replica]!;
    return ready && instance !== before;
  };
  await reach(isReplaced, `${replica} is there again`);
}

export async function reach(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await sleep(50);
  }
}
