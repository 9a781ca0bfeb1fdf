import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { loopback } from './loopback.ts';
import { ServiceProcess } from './service-process.ts';
import { until } from './until.ts';

const { address } = loopback();
const fixture = (name: string) => join(import.meta.dirname, `${name}.fixture.ts`);
const start = (BEHAVIOUR = 'serves') =>
  new ServiceProcess(fixture('service'), { SELF: address(), NAME: 'service-1', BEHAVIOUR });

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe(ServiceProcess.name, () => {
  it('is ready when the service says so, and ends as it is told', async () => {
    await using service = start();
    await service.ready();
    expect(await service.isReady()).toBe(true);
    expect((await fetch(`${service.url}/anything`)).status).toBe(200);
    expect(await service.end()).toEqual({ code: 0, signal: null });
    expect(await service.isReady()).toBe(false);
    expect(await service.end()).toEqual({ code: 0, signal: null });
  });

  it('says what a service waits for that does not get ready', async () => {
    await using service = start('waits');
    await until(async () => (await fetch(service.url)).status === 503);
    expect(await service.isReady()).toBe(false);
    await expect(service.ready(200)).rejects.toThrow(
      'until service-1 is ready; at last: Error: {"ready":false,"waitingFor":{"words":"starting"}}',
    );
  });

  it('does not wait for one that has ended, but says how and what it had said', async () => {
    await using service = start('exits');
    const withinMs = 600_000;
    await expect(service.ready(withinMs)).rejects.toThrow(
      'service-1 ended (78) before it was ready:\nservice: WORDS_URL is missing\n',
    );
    expect(await service.exited).toEqual({ code: 78, signal: null });
  });

  it('says so when there is no build', async () => {
    await using service = new ServiceProcess(fixture('no'), { SELF: address(), NAME: 'service-1' });
    await expect(service.ready()).rejects.toThrow('Cannot find module');
  });

  it('reads the log', async () => {
    await using service = await start().ready();
    expect(await service.logged('listen')).toEqual({ level: 'info', msg: 'listening', replica: 'service-1' });
    await service.end();
    expect(service.log.map(({ msg }) => msg)).toEqual(['listening', 'draining']);
  });

  it('says which line of the log is no JSON, and leaves one that is not complete', async () => {
    await using service = await start('prints').ready();
    await service.end();
    expect(() => service.log).toThrow('a line of the log is no JSON: no JSON');
    service.stdout = service.stdout.replace('no JSON\n', '');
    expect(service.log.map(({ msg }) => msg)).toEqual(['listening', 'draining']);
  });

  it('leaves no process behind when a test fails', async () => {
    let pid = 0;
    const failing = async () => {
      await using service = await start().ready();
      pid = service.child.pid!;
      throw new Error('the test failed');
    };
    await expect(failing()).rejects.toThrow('the test failed');
    expect(pid).toBeGreaterThan(0);
    expect(isAlive(pid)).toBe(false);
  });

  const killedRun = async (how: 'tethered' | 'free') => {
    const run = spawn(process.execPath, [fixture('run'), address(), how], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(run.stdout, 'data')) as [Buffer];
    const pid = Number(said);
    expect(isAlive(pid)).toBe(true);
    run.kill('SIGKILL');
    await once(run, 'exit');
    return pid;
  };

  it('leaves no process behind when the test run is killed', async () => {
    const pid = await killedRun('tethered');
    try {
      await until(() => !isAlive(pid), `${pid} is gone`);
    } finally {
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    }
  });

  it('owes that to the tether (control)', async () => {
    const pid = await killedRun('free');
    try {
      const later = await killedRun('tethered');
      await until(() => !isAlive(later));
      expect(isAlive(pid)).toBe(true);
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });
});
