import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { readExperiment } from './read.ts';
import { runExperiment, type Options } from './run.ts';
import { StandIn } from './stand-in.fixture.ts';

const experiment = (steps: string, verdict = 'failed: 0') =>
  readExperiment(
    `title: t\npattern: p\nbook: b\nhypothesis: h
load: { visitors: { ask: '/x/{new}', perSecond: 100 } }
${steps}
verdict: [{ ${verdict} }]`,
    'x.yaml',
  );
const held = experiment(`break: [hold: a-1]\nwatch: [until: { answers: 20 }]`);

describe(runExperiment.name, () => {
  let system: StandIn;
  let n = 0;
  const run = (what: ReturnType<typeof experiment>, more: Partial<Options> = {}) =>
    runExperiment(what, system, { size: 'full', deadlineMsOf: () => 3_000, newWord: () => `w${n++}`, ...more });
  beforeEach(async () => void (system = await new StandIn().listen()));
  afterEach(() => system[Symbol.asyncDispose]());

  it('breaks, watches and heals, and says what holds', async () => {
    const told: string[] = [];
    const report = await run(experiment(`break: [kill: a-1]\nwatch: [until: { replaced: a-1 }]`), {
      tell: ({ phase, what }) => told.push(`${phase}: ${what}`),
    });
    expect(report).toMatchObject({ holds: true, failed: 0, interrupted: false });
    expect(report.verdicts.map(({ promise }) => promise)).toEqual(['until replaced a-1', 'failed 0']);
    expect(system.done).toEqual(['SIGKILL a-1']);
    expect(told).toEqual(expect.arrayContaining(['breaking: kill a-1', 'healing: waits until all is as it was']));
  });

  it('heals what a file forgets to', async () => {
    await run(held);
    expect(system.done).toEqual(['hold a-1', 'release a-1']);
  });

  it('says that a promise does not hold, and heals all the same', async () => {
    system.handler = (_, answer, held) => answer.writeHead(held.has('a-1') ? 500 : 200).end();
    const report = await run(held);
    expect(report).toMatchObject({ holds: false, verdicts: [{ promise: 'failed 0', holds: false }] });
    expect(system.done).toEqual(['hold a-1', 'release a-1']);
  });

  it('does not hold where what is watched for does not come', async () => {
    const never = experiment(`break: [hold: a-1]\nwatch: [{ until: { ready: a-1 }, withinSeconds: 1 }]`);
    const report = await run(never);
    expect(report.verdicts[0]).toEqual({
      promise: 'until ready a-1, withinSeconds 1',
      holds: false,
      measured: 'not within 1 s',
    });
    expect(report.holds).toBe(false);
    expect(system.held.size).toBe(0);
  });

  it('heals when it is interrupted, and has no verdict', async () => {
    const interrupt = new AbortController();
    const endless = experiment(`break: [hold: a-1]\nwatch: [until: { answers: 100000 }]`);
    const running = run(endless, { signal: interrupt.signal });
    await until(() => system.held.size === 1, 'it is held');
    interrupt.abort();
    expect(await running).toMatchObject({ interrupted: true, holds: false, verdicts: [] });
    expect(system.done).toEqual(['hold a-1', 'release a-1']);
  });

  it('heals when a step fails', async () => {
    system.rotateCertificate = () => Promise.reject(new Error('no key'));
    const report = await run(experiment('break: [hold: a-1, rotate: certificate]'));
    expect(report.verdicts[0]).toEqual({ promise: 'rotate certificate', holds: false, measured: 'no key' });
    expect(system.held.size).toBe(0);
  });

  it('refuses a system on which something else is broken, and touches nothing', async () => {
    system.held.add('a-2');
    await expect(run(held)).rejects.toThrow('something else is broken: a-2 takes no traffic');
    expect(system.done).toEqual([]);
  });

  it('refuses a system without a replica that it is about', async () => {
    await expect(run(experiment('break: [kill: b-1]'))).rejects.toThrow('there is no b-1 here');
  });

  it('asks for words that all visitors have seen, where the file says so', async () => {
    const seen = experiment('break: [until: { answers: 20 }]');
    seen.load['visitors']!.ask = '/x/{seen}';
    await run(seen);
    expect(new Set(system.asked).size).toBe(10);
  });

  it('does the same with fewer calls where it is to be quick', async () => {
    const crowd = experiment(`break: [crowd: { ask: '/y/{new}', times: 50 }]`, 'failed: 0, of: crowd');
    const report = await run(crowd, { size: 'small' });
    expect(report.verdicts[0]!.measured).toBe('0 of 10');
  });
});
