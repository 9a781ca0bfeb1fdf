import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { Runner } from './runner.ts';
import { bodyOf, Fixture, service } from './testing/runner.fixture.ts';

describe(Runner, () => {
  let fixture: Fixture;
  afterEach(() => fixture.end());

  describe('killed by kill -9', () => {
    const killed = async (of: Record<string, string> = {}) => {
      fixture = new Fixture({ one: service(1, {}, { WORKER: 'yes', ...of }), two: service(2) });
      const { runner, exit } = fixture.run();
      await fixture.ready();
      await until(() => fixture.processes().length === 3, 'the worker');
      runner.kill('SIGKILL');
      await exit;
    };

    it('leaves its services running, and the next start replaces them', async () => {
      await killed();
      const left = fixture.processes();
      expect(left).toHaveLength(3);
      expect(await bodyOf(`http://${fixture.net}.1:8080/`)).toContain('ready');
      const { output } = fixture.run();
      await fixture.ready();
      expect(output.text).toContain('Ending what an earlier run had left: one, two.');
      await until(() => fixture.processes().length === 3, 'the worker');
      expect(fixture.processes().filter((pid) => left.includes(pid))).toEqual([]);
    });

    it('with Ctrl-C while the next start ends them: all is ended, and nothing started', async () => {
      await killed({ DRAIN_MS: '1000' });
      const { runner, output, exit } = fixture.run();
      await until(() => output.text.includes('Ending what an earlier run had left: one, two.'), 'it ends them');
      runner.kill('SIGINT');
      expect(await exit).toBe(0);
      expect(fixture.processes()).toEqual([]);
      expect(output.text).toMatch(/ two\.\nStopped: nothing of Almanac runs any more\.\n$/);
    });

    it('with Ctrl-C again meanwhile: those that take their time are killed', async () => {
      await killed({ FORGET_TERM: 'yes' });
      const { runner, output } = fixture.run();
      await until(() => output.text.includes('Ending what an earlier run had left'), 'it ends them');
      // Two that are not the same, because a signal that is pending already is not sent again.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) runner.kill(signal);
      const lessThanTheGraceMs = 8_000;
      await until(() => runner.exitCode === 0, 'the end', lessThanTheGraceMs);
      expect(fixture.processes()).toEqual([]);
    });

    it('is said by status, and stop ends all', async () => {
      await killed();
      expect(fixture.command('status')).toMatchObject({
        status: 1,
        output: expect.stringMatching(/The runner is gone, .*: one, two\./),
      });
      expect(fixture.command('stop')).toMatchObject({ status: 0, output: 'Stopped: one, two.\n' });
      expect(fixture.processes()).toEqual([]);
      expect(fixture.command('stop')).toMatchObject({ status: 0, output: 'Nothing of Almanac ran.\n' });
    });

    it('with a master whose worker goes on: stop ends the worker too', async () => {
      await killed();
      const master = Number(readFileSync(`${fixture.state}/run/one/pid`, 'utf8').split(' ')[1]);
      process.kill(master, 'SIGKILL');
      await until(() => !fixture.processes().includes(master), 'the master is gone');
      expect(fixture.processes()).toHaveLength(2);
      fixture.command('stop');
      expect(fixture.processes()).toEqual([]);
    });
  });

  it('ends the workers of a master that was killed before it starts it again', async () => {
    fixture = new Fixture({ one: service(1, {}, { WORKER: 'yes' }) });
    fixture.run();
    await fixture.ready();
    await until(() => fixture.processes().length === 2, 'the worker');
    const before = fixture.processes();
    process.kill((await fixture.of('one'))!.pid!, 'SIGKILL');
    await until(
      () => fixture.processes().filter((pid) => !before.includes(pid)).length === 2,
      'a new master and its worker',
    );
    expect(fixture.processes()).toHaveLength(2);
  });

  it('is ended by stop even when it is frozen', async () => {
    fixture = new Fixture({ one: service(1) });
    const { runner } = fixture.run();
    await fixture.ready();
    runner.kill('SIGSTOP');
    expect(fixture.command('stop')).toMatchObject({ status: 0, output: 'Stopped: one.\n' });
    expect(fixture.processes()).toEqual([]);
  });
});
