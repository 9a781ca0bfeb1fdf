import { afterEach, describe, expect, it } from '@jest/globals';
import { runCommand } from './commands.ts';
import { Fixture, service, until } from './testing/fixture.ts';

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
    await until('the end of the process', async () => (await fixture.of('one'))!.pid !== pid);
  });

  it('refuses to send what is no signal', () => {
    fixture = new Fixture({ one: service(1) });
    expect(fixture.command('kill', 'one', 'SIGNOT')).toEqual({
      status: 1,
      output: '"SIGNOT" is no signal: SIGKILL, SIGSTOP, SIGTERM …\n',
    });
  });
});
