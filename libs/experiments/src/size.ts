import type { Condition, Experiment, Step } from './experiment.ts';

/** small: in seconds, as tests run it; full: as the file says. */
export type Size = 'small' | 'full';

const parts = { rate: 0.5, count: 0.2 };
const part = (of: number, number: number) => Math.max(1, Math.round(of * number));

const smallCondition = <T extends Condition | undefined>(condition: T): T =>
  condition?.answers === undefined ? condition : { ...condition, answers: part(parts.count, condition.answers) };

const smallStep = <T extends Step>(step: T): T => ({
  ...step,
  ...(step.until && { until: smallCondition(step.until) }),
  ...(step.crowd && { crowd: { ...step.crowd, times: part(parts.count, step.crowd.times) } }),
  ...(step.raise && { raise: { ...step.raise, perSecond: part(parts.rate, step.raise.perSecond) } }),
});

/** The experiment with as many calls as are wanted of it; what is promised stays the same. */
export const sized = (experiment: Experiment, size: Size): Experiment => {
  if (size === 'full') return experiment;
  const load = Object.entries(experiment.load).map(([name, stream]) => [
    name,
    { ...stream, perSecond: part(parts.rate, stream.perSecond) },
  ]);
  return {
    ...experiment,
    load: Object.fromEntries(load) as Experiment['load'],
    break: experiment.break.map(smallStep),
    watch: experiment.watch.map((step) => ({ ...step, until: smallCondition(step.until) })),
    heal: experiment.heal.map(smallStep),
  };
};
