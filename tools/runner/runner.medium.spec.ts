import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { Runner } from './runner.ts';
import { bodyOf, Fixture, service } from './testing/runner.fixture.ts';

describe(Runner, () => {
  let fixture: Fixture;
  afterEach(() => fixture.end());

  it('starts all, says when they are ready, and leaves nothing after Ctrl-C', async () => {
    fixture = new Fixture({ one: service(1), two: service(2, { depends_on: ['one'] }) });
    const { runner, output, exit } = fixture.run();
    await fixture.ready();
    await until(() => output.text.includes(`https://${fixture.net}.1:8443`), 'the address');
    expect(fixture.processes()).toHaveLength(2);
    runner.kill('SIGINT');
    expect(await exit).toBe(0);
    expect(fixture.processes()).toEqual([]);
    expect(output.text).toMatch(/Stopped: nothing of Almanac runs any more/);
  });

  it('gives processes their own variables and nothing else of the user', async () => {
    fixture = new Fixture({ one: service(1, { ports: ['${PUBLISH}:8443:8443'] }, { OWN: 'a b $$HOME' }) });
    fixture.run();
    await fixture.ready();
    const { environment } = JSON.parse(await bodyOf(`http://${fixture.net}.1:8080/`)) as {
      environment: Record<string, string>;
    };
    const { state, net } = fixture;
    expect(environment).toMatchObject({
      OWN: 'a b $HOME',
      CONF: `${state}/run/one/conf`,
      STATE: `${state}/run/one/state`,
      PUBLISHED: `${net}.1`,
    });
    const names = ['ALMANAC_STATE', 'CONF', 'HOME', 'LANG', 'OWN', 'PATH', 'PUBLISHED', 'RUN_AS', 'SELF', 'STATE'];
    const added = ['PWD', 'OLDPWD', '_', 'SHLVL', 'NODE_EXTRA_CA_CERTS'];
    expect(
      Object.keys(environment)
        .filter((name) => !added.includes(name))
        .sort(),
    ).toEqual(names);
  });

  it('starts what crashed again, and shows its last words', async () => {
    fixture = new Fixture({ one: service(1) });
    const { output } = fixture.run();
    await fixture.ready();
    const before = (await fixture.of('one'))!;
    process.kill(before.pid!, 'SIGKILL');
    await until(async () => {
      const now = await fixture.of('one');
      return now?.ready && now.pid !== before.pid && now.restarts === 1;
    }, 'another process');
    fixture.set('one', 'crash');
    process.kill((await fixture.of('one'))!.pid!, 'SIGKILL');
    await until(() => output.text.includes('│ a last word before the end'), 'its last words');
    expect(output.text).toMatch(/one: exit 3/);
  });

  it('kills what is frozen and starts it again', async () => {
    const checked = {
      healthcheck: {
        test: 'probe http://$$SELF:8080/livez',
        interval: '100ms',
        timeout: '500ms',
        retries: 2,
        start_period: '20s',
      },
    };
    fixture = new Fixture({ one: service(1, checked) });
    const { output } = fixture.run();
    await fixture.ready();
    const { pid } = (await fixture.of('one'))!;
    process.kill(pid!, 'SIGSTOP');
    await until(async () => {
      const now = await fixture.of('one');
      return now?.ready && now.pid !== pid;
    }, 'another process');
    expect(output.text).toMatch(/one: failed its health check: no answer in 500 ms/);
    expect(fixture.processes()).toHaveLength(1);
  });

  it('leaves what is frozen alone when nothing checks it', async () => {
    fixture = new Fixture({ watched: service(1), one: service(2, { healthcheck: undefined }) });
    fixture.run();
    await fixture.ready();
    const { pid } = (await fixture.of('one'))!;
    process.kill(pid!, 'SIGSTOP');
    fixture.set('watched', 'not-alive');
    await until(async () => (await fixture.of('watched'))!.restarts > 0, 'the checked one is restarted');
    expect((await fixture.of('one'))!.pid).toBe(pid);
  });

  it('shows what a replica waits for, without restarting it', async () => {
    fixture = new Fixture({ one: service(1) });
    const { output } = fixture.run();
    await fixture.ready();
    fixture.set('one', 'not-ready');
    await until(async () => (await fixture.of('one'))!.state === 'running', 'not ready');
    expect(await fixture.of('one')).toMatchObject({ ready: false, detail: 'words: not loaded', restarts: 0 });
    expect(fixture.command('status')).toMatchObject({
      status: 1,
      output: expect.stringMatching(/one\s+running .*words: not loaded/),
    });
    expect(output.text).toContain('running: words: not loaded');
  });

  it('is ready when those in front of its services have answered once, too', async () => {
    let status = 503;
    const front = createHttpServer((_request, response) => void response.writeHead(status).end()).listen(
      0,
      '127.0.0.1',
    );
    await once(front, 'listening');
    const { port } = front.address() as AddressInfo;
    fixture = new Fixture({ one: service(1, { 'x-answers': [`http://127.0.0.1:${port}/`] }) });
    const { output } = fixture.run();
    await until(async () => /answered 503/.test((await fixture.status())?.waitsFor ?? ''), 'what is waited for');
    expect(await fixture.status()).toMatchObject({ ready: false, services: [{ ready: true }] });
    expect(output.text).not.toContain('Ready in');
    status = 200;
    await fixture.ready();
    await until(() => output.text.includes('Ready in'), 'the address');
    status = 503;
    expect(await fixture.status()).toMatchObject({ ready: true });
    front.close();
  });

  it('kills a service that does not go, after its grace', async () => {
    fixture = new Fixture({ one: service(1, { stop_grace_period: '300ms' }, { FORGET_TERM: 'yes' }) });
    const { runner, exit } = fixture.run();
    await fixture.ready();
    runner.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(fixture.processes()).toEqual([]);
  });

  it('restarts one gently, holds it down and lets it run again', async () => {
    fixture = new Fixture({ one: service(1, {}, { DRAIN_MS: '100' }), two: service(2) });
    fixture.run();
    await fixture.ready();
    const [one, two] = [(await fixture.of('one'))!, (await fixture.of('two'))!];
    expect(await fixture.ask('restart', 'one')).toEqual({ one: { code: 0, signal: null } });
    const restarted = (await fixture.of('one'))!;
    expect(restarted).toMatchObject({ ready: true, restarts: 0 });
    expect(restarted.pid).not.toBe(one.pid);
    await fixture.ask('hold', 'one');
    expect(await fixture.of('one')).toMatchObject({ state: 'held', ready: false });
    expect(fixture.processes()).toEqual([two.pid]);
    await fixture.ask('release', 'one');
    await fixture.ready();
    expect((await fixture.of('two'))!.pid).toBe(two.pid);
    await expect(fixture.ask('restart', 'three')).rejects.toThrow(
      'There is no service "three". The services are: one, two.',
    );
  });

  it('restarts the next one only when the one before has been ready for two seconds', async () => {
    fixture = new Fixture({ one: service(1), two: service(2) });
    fixture.run();
    await fixture.ready();
    await fixture.ask('restart', 'one', 'two');
    const [began, ended] = [statSync(fixture.file('one', 'starts')), statSync(fixture.file('two', 'ends'))];
    expect(ended.mtimeMs - began.mtimeMs).toBeGreaterThan(1_900);
  });

  it('runs what completes before what waits for that, and does not repeat it', async () => {
    const job = { 'x-native': 'sh -c "echo done >$$STATE/done"', environment: {} };
    fixture = new Fixture({
      one: service(1, { depends_on: { job: { condition: 'service_completed_successfully' } } }),
      job,
    });
    fixture.run();
    await fixture.ready();
    expect(readFileSync(fixture.file('job', 'done'), 'utf8')).toBe('done\n');
    expect(await fixture.of('job')).toMatchObject({ state: 'ended', ready: true, restarts: 0 });
  });

  it('does not start what waits for a job that fails', async () => {
    const job = { 'x-native': 'sh -c "echo no luck; exit 4"' };
    fixture = new Fixture({
      one: service(1, { depends_on: { job: { condition: 'service_completed_successfully' } } }),
      job,
    });
    const { output } = fixture.run();
    await until(() => output.text.includes('job: exit 4'), 'the job fails');
    expect(await fixture.of('one')).toMatchObject({ state: 'waiting', detail: 'for job' });
    expect(output.text).toContain('│ no luck');
  });

  it('ends what depends on others before them', async () => {
    fixture = new Fixture({
      one: service(1),
      two: service(2, { depends_on: { one: { condition: 'service_healthy' } } }, { DRAIN_MS: '200' }),
    });
    const { runner, output, exit } = fixture.run();
    await fixture.ready();
    runner.kill('SIGTERM');
    await exit;
    expect(output.text.search(/two +ended/)).toBeLessThan(output.text.search(/one +ended/));
  });

  it('runs once: a second start says that it already runs', async () => {
    fixture = new Fixture({ one: service(1) });
    const { runner } = fixture.run();
    await fixture.ready();
    for (const more of [[], ['--detach']]) {
      expect(fixture.command('start', ...more)).toEqual({
        status: 1,
        output: `Almanac already runs (process ${runner.pid}): \`npm run status\` shows it, \`npm stop\` ends it.\n`,
      });
    }
    expect((await fixture.status())!.ready).toBe(true);
  });

  it('refuses a port that is taken, and says by whom, before anything starts', async () => {
    fixture = new Fixture({ one: service(1), two: service(2) });
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(8080, `${fixture.net}.2`, resolve));
    const { status, output } = fixture.command('start');
    expect({ status, output }).toEqual({
      status: 1,
      output: expect.stringMatching(
        `^Port 8080 of ${fixture.net}.2, which two needs, is taken by .+ \\(process ${process.pid}\\)\\. .*\n$`,
      ),
    });
    expect(existsSync(`${fixture.state}/run/one`)).toBe(false);
    expect(fixture.command('stop').output).toBe('Nothing of Almanac ran.\n');
    stranger.close();
  });

  describe('in the background', () => {
    it('answers when all is ready, and goes on', () => {
      fixture = new Fixture({ one: service(1) });
      const started = fixture.command('start', '--detach');
      expect(started).toMatchObject({ status: 0, output: expect.stringMatching(/one +ready[^]*Ready in [\d.]+ s/) });
      expect(fixture.command('status')).toMatchObject({ status: 0, output: expect.stringContaining('1 of 1 ready') });
      expect(JSON.parse(fixture.command('status', '--json').output)).toMatchObject({
        ready: true,
        services: [{ name: 'one', state: 'ready' }],
      });
      expect(fixture.command('stop').output).toBe('Stopped: one.\n');
      expect(fixture.command('status')).toEqual({
        status: 1,
        output: 'Almanac does not run. `npm start` starts it.\n',
      });
    });

    it('says why it cannot start', () => {
      fixture = new Fixture({ one: service(1, { unknown: 1 }) });
      expect(fixture.command('start', '--detach')).toEqual({
        status: 1,
        output: 'docker-compose.yml: services.one: the key "unknown" is not understood by the native runner\n',
      });
    });

    it('stops everything when it does not become ready in time, and says what was not', () => {
      fixture = new Fixture({ one: service(1), two: service(2, { 'x-native': 'sh -c "echo no words; sleep 60"' }) });
      const { status, output } = fixture.command('start', '--detach', '--within', '3');
      expect({ status, output }).toEqual({
        status: 1,
        output: expect.stringMatching(/Not ready within 3 s.*\n +two: starting.*\n +│ no words/),
      });
      expect(fixture.processes()).toEqual([]);
    });
  });
});
