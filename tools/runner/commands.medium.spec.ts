import { chmodSync } from 'node:fs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '@almanac/testing';
import { runCommand } from './commands.ts';
import { Fixture, service } from './testing/runner.fixture.ts';

describe(runCommand, () => {
  let fixture: Fixture;
  afterEach(() => fixture.end());

  it('answers each command in a sentence', async () => {
    fixture = new Fixture({ one: service(1), two: service(2) });
    fixture.run();
    await fixture.ready();
    const says = (command: string) => fixture.command(...command.split(' '));
    expect(says('restart one')).toEqual({
      status: 0,
      output: 'one was restarted, its old process ended with exit status 0.\n',
    });
    expect(says('hold one two')).toEqual({
      status: 0,
      output: 'one, two are held down, until `npm run release one two`.\n',
    });
    expect(says('kill one TERM')).toEqual({ status: 1, output: 'one does not run just now.\n' });
    expect(says('release one two')).toEqual({ status: 0, output: 'one, two are no longer held down.\n' });
    for (const action of ['restart', 'hold', 'release']) {
      const output = 'There is no service "nope". The services are: one, two.\n';
      expect(says(`${action} nope`)).toEqual({ status: 1, output });
    }
    expect(says('stop now')).toEqual({ status: 1, output: '"now" is not understood here, it is `npm stop`.\n' });
    await fixture.ready();
  });

  it.each([
    ['one TERM', 'SIGTERM'],
    ['one 9', 'SIGKILL'],
    ['-9 one', 'SIGKILL'],
    ['one -SIGTERM', 'SIGTERM'],
    ['one', 'SIGKILL'],
  ])('takes kill %s', async (args, signal) => {
    fixture = new Fixture({ one: service(1) });
    fixture.run();
    await fixture.ready();
    const { pid } = (await fixture.of('one'))!;
    expect(fixture.command('kill', ...args.split(' '))).toEqual({
      status: 0,
      output: `${signal} to one, process ${pid}\n`,
    });
    await until(async () => (await fixture.of('one'))!.pid !== pid, 'the end of the process');
  });

  it('refuses to send what is no signal', () => {
    fixture = new Fixture({ one: service(1) });
    expect(fixture.command('kill', 'one', 'SIGNOT')).toEqual({
      status: 1,
      output: '"SIGNOT" is no signal: SIGKILL, SIGSTOP, SIGTERM …\n',
    });
  });

  it.each(['restart one', 'hold one', 'release one', 'kill one'])('%s says so when nothing runs', (command) => {
    fixture = new Fixture({ one: service(1) });
    expect(fixture.command(...command.split(' '))).toEqual({
      status: 1,
      output: 'Almanac does not run. `npm start` starts it.\n',
    });
  });

  (process.getuid?.() === 0 ? it : it.skip)('says whose it is where another user has started it', async () => {
    fixture = new Fixture({ one: service(1) });
    fixture.command('stop');
    chmodSync(fixture.root, 0o755);
    const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const environment = jest.replaceProperty(process, 'env', fixture.environment);
    process.seteuid!(65534);
    const status = await runCommand(fixture.root, ['status'], '').finally(() => process.seteuid!(0));
    environment.restore();
    const sentence = `${fixture.state}/run is another user’s: Almanac was started by somebody else here, who may ask it.`;
    expect([status, said.mock.calls]).toEqual([1, [[sentence]]]);
    said.mockRestore();
  });
});
