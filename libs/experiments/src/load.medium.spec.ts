import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { Load } from './load.ts';
import { StandIn } from './stand-in.fixture.ts';

const stream = {
  ask: '/x',
  perSecond: 50,
  visitors: 2,
  connections: 'kept' as const,
  as: 'load' as const,
  expect: [200],
};

describe(Load.name, () => {
  let system: StandIn;
  beforeEach(async () => void (system = await new StandIn().listen()));
  afterEach(() => system[Symbol.asyncDispose]());
  const newLoad = () => new Load({ system, pathOf: (ask) => ask, phase: () => 'before' });

  it('asks by the clock and not by the answers, and counts the whole time from when a call was due', async () => {
    const waiting: (() => void)[] = [];
    system.handler = (_, answer) => waiting.push(() => answer.end());
    const load = newLoad();
    await load.start('visitors', stream);
    await until(() => waiting.length >= 20, 'twenty calls, none of them answered');
    const answeredMs = performance.now() - load.beganMs;
    system.handler = (_, answer) => answer.end();
    for (const answer of waiting) answer();
    const calls = await load.stop();
    const [first] = calls;
    expect(first!.tookMs).toBeGreaterThanOrEqual(answeredMs - first!.dueMs);
    const gaps = calls.slice(1).map(({ dueMs }, n) => dueMs - calls[n]!.dueMs);
    expect(Math.max(...gaps.map((gap) => Math.abs(gap - 1000 / stream.perSecond)))).toBeLessThan(0.01);
  });

  it('keeps what failed, and why', async () => {
    system.handler = (asked) => asked.socket.destroy();
    const load = newLoad();
    await load.start('visitors', stream);
    await until(() => load.answered >= 3, 'three calls');
    const [call] = await load.stop();
    expect(call).toMatchObject({ status: undefined, expected: false, error: 'socket hang up' });
  });

  it('makes a connection for each call where it is asked to', async () => {
    const ports = new Set<number>();
    system.handler = (asked, answer) => {
      ports.add(asked.socket.remotePort!);
      answer.end();
    };
    const load = newLoad();
    await load.start('visitors', { ...stream, connections: 'new' });
    await until(() => load.answered >= 10, 'ten answers');
    await load.stop();
    expect(ports.size).toBe(system.asked.length);
  });

  it.each([
    ['load', { 'x-load-secret': 'secret', 'x-load-key': 'visitor-0' }],
    ['person', { 'x-load-secret': undefined, 'x-load-key': undefined }],
  ] as const)('asks as a %s', async (as, shown) => {
    const seen: object[] = [];
    system.handler = (asked, answer) => {
      seen.push({ 'x-load-secret': asked.headers['x-load-secret'], 'x-load-key': asked.headers['x-load-key'] });
      answer.end();
    };
    const load = newLoad();
    await load.start('visitors', { ...stream, visitors: 1, as });
    await until(() => load.answered >= 1, 'an answer');
    await load.stop();
    expect(seen[0]).toEqual(shown);
  });

  it('lets a crowd ask at once, over connections that were there before', async () => {
    let atOnce = 0;
    let most = 0;
    const load = newLoad();
    const ask = await load.gather(40, 4, '/warm');
    system.handler = (_, answer) => {
      most = Math.max(most, (atOnce += 1));
      setTimeout(() => ((atOnce -= 1), answer.end()), 200);
    };
    await ask('/x');
    expect(most).toBe(40);
    expect((await load.stop()).filter(({ path }) => path === '/x')).toHaveLength(40);
  });
});
