import type { Experiment, Phase, Step } from './experiment.ts';
import { Load } from './load.ts';
import { ExperimentError } from './read.ts';
import { sized, type Size } from './size.ts';
import { Steps, told } from './steps.ts';
import type { Replica, SystemUnderTest } from './system.ts';
import { timeline } from './timeline.ts';
import { judge, type Verdict } from './verdict.ts';
import { loadVisitor } from './visitor.ts';

/** What is told of while an experiment runs. */
export interface Happening {
  atMs: number;
  phase: Phase;
  what: string;
}

export interface Report {
  title: string;
  holds: boolean;
  verdicts: Verdict[];
  timeline: string[];
  /** Answers, and how many of them were none. */
  calls: number;
  failed: number;
  /** Asked to end before it was over: no verdict. */
  interrupted: boolean;
}

export interface Options {
  size: Size;
  deadlineMsOf: (path: string) => number;
  /** A word that nobody has asked for. */
  newWord: () => string;
  tell?: (happening: Happening) => void;
  signal?: AbortSignal;
}

const seenWords = 10;
/** For how long the load is looked at before something is broken, and after all is well again. */
const calmSeconds = 1;

const named = (steps: Step[]): Replica[] =>
  steps.flatMap(({ kill, freeze, restart, hold, release, until }) =>
    [kill, freeze, restart, hold, release, until?.replaced, until?.ready, until?.notReady].flatMap((one) => one ?? []),
  );

/** Refuses what would tell nothing: a system that lacks something, or on which something else is broken. */
const assertFit = async (experiment: Experiment, system: SystemUnderTest): Promise<void> => {
  const states = await system.states();
  const steps = [...experiment.break, ...experiment.watch, ...experiment.heal];
  const missing = named(steps).find((replica) => !states[replica]);
  if (missing) throw new ExperimentError(`there is no ${missing} here, which the experiment is about`);
  const broken = Object.keys(states).filter((replica) => !states[replica]!.ready);
  if (broken.length > 0) throw new ExperimentError(`something else is broken: ${broken.join(', ')} takes no traffic`);
};

/** Runs one experiment. Whatever happens, it heals what it broke, and answers when all is as it was. */
export const runExperiment = async (
  whole: Experiment,
  system: SystemUnderTest,
  { size, deadlineMsOf, newWord, tell, signal = new AbortController().signal }: Options,
): Promise<Report> => {
  await assertFit(whole, system);
  const experiment = sized(whole, size);
  const seen = Array.from({ length: seenWords }, newWord);
  let turn = 0;
  const pathOf = (template: string) =>
    template.replace('{new}', newWord).replace('{seen}', () => seen[turn++ % seen.length]!);

  let phase: Phase = 'before';
  const load = new Load({ system, pathOf, phase: () => phase });
  const say = (what: string) => tell?.({ atMs: performance.now() - load.beganMs, phase, what });
  const steps = new Steps(system, load, pathOf);
  await steps.remember();
  const streams = Object.entries(experiment.load);
  for (const [, { ask, visitors }] of streams)
    if (ask.includes('{seen}'))
      await see(
        system,
        visitors,
        seen.map((word) => ask.replace('{seen}', word)),
      );

  await steps.gather(experiment.break, `/api/dictionary/words/${seen[0]}`);

  const verdicts: Verdict[] = [];
  const calm = () => {
    const answers = streams.reduce((sum, [, { perSecond }]) => sum + perSecond * calmSeconds, 0);
    return steps.reach({ answers }, undefined, signal);
  };
  const perform = async (next: Phase, list: Step[]) => {
    phase = next;
    for (const step of list) {
      signal.throwIfAborted();
      const what = told(step);
      const beganMs = performance.now();
      say(what);
      try {
        await steps.do(step, signal);
      } catch (error) {
        if (!signal.aborted) verdicts.push({ promise: what, holds: false, measured: (error as Error).message });
        throw error;
      }
      if (!step.until) continue;
      const measured = `after ${((performance.now() - beganMs) / 1000).toFixed(1)} s`;
      say(`${what}: ${measured}`);
      if (step.until.answers === undefined) verdicts.push({ promise: what, holds: true, measured });
    }
  };

  let interrupted = false;
  try {
    for (const [name, stream] of streams) await load.start(name, stream);
    say(
      `asks ${streams.map(([name, { ask, perSecond }]) => `${ask} ${perSecond} times a second (${name})`).join(', ')}`,
    );
    await calm();
    await perform('breaking', experiment.break);
    await perform('broken', experiment.watch);
    await perform('healing', experiment.heal);
  } catch (error) {
    interrupted = signal.aborted;
    say(interrupted ? 'interrupted: heals what it broke' : (error as Error).message);
  } finally {
    phase = 'healing';
    say('waits until all is as it was');
    await steps
      .putBack()
      .finally(() => {
        phase = 'after';
        return interrupted || verdicts.some(({ holds }) => !holds) ? undefined : calm();
      })
      .finally(() => load.stop());
  }
  const { calls } = load;
  await system.states(); // So that who has answered is known by name.
  const replicaOf = (name: string) => system.replicaOf(name);
  if (!interrupted)
    for (const promise of experiment.verdict) verdicts.push(judge(promise, calls, { deadlineMsOf, replicaOf }));
  return {
    title: experiment.title,
    holds: !interrupted && verdicts.every(({ holds }) => holds),
    verdicts,
    timeline: timeline(calls, replicaOf),
    calls: calls.length,
    failed: calls.filter(({ expected }) => !expected).length,
    interrupted,
  };
};

/** Asks for each path as each visitor, so that every cache in front of them has it. */
const see = async (system: SystemUnderTest, visitors: number, paths: string[]): Promise<void> => {
  for (let n = 0; n < visitors; n += 1) {
    const visitor = loadVisitor(system, n);
    try {
      for (const path of paths) await visitor.ask(path);
    } finally {
      visitor.close();
    }
  }
};
