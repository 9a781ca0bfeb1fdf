import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.mjs';

const none = { names: [], detach: false, json: false, setup: false, small: false, withinSeconds: undefined };

describe(readArguments, () => {
  it.each([
    ['start', ['dictionary', '--detach', '--within', '60'], { names: ['dictionary'], detach: true, withinSeconds: 60 }],
    ['status', ['--json'], { json: true }],
    ['stop', [], {}],
    ['logs', ['web', 'edge'], { names: ['web', 'edge'] }],
    ['kill', ['web', '-9'], { names: ['web', '9'] }],
    ['kill', ['-TERM', 'web'], { names: ['TERM', 'web'] }],
    ['test', ['web', '--setup'], { names: ['web'], setup: true }],
    ['test:fresh', ['trixie', 'user'], { names: ['trixie', 'user'] }],
    ['lab', ['stampede', '--json', '--small'], { names: ['stampede'], json: true, small: true }],
    ['rotate', ['web'], { names: ['web'] }],
    ['bench', ['dictionary'], { names: ['dictionary'] }],
  ])('takes %s %j', (command, args, read) => expect(readArguments(command, args)).toEqual({ ...none, ...read }));

  it.each([
    ['stop', ['now'], '"now" is not understood here, it is `npm stop`.'],
    ['stop', ['dictionary-1'], '"dictionary-1" is not understood here'],
    ['status', ['foo'], '"foo" is not understood here, it is `npm run status [-- --json]`.'],
    ['reset', ['web'], '"web" is not understood here, it is `npm run reset`.'],
    ['start', ['--foo'], '"--foo" is not understood here, it is `npm start [part …]'],
    ['start', ['-x=1', 'web'], '"-x" is not understood here'],
    ['start', ['--json'], '"--json" is not understood here'],
    ['start', ['--within', 'soon'], '--within must be a whole number of seconds'],
    ['start', ['--within'], '--within must be a whole number of seconds'],
    ['kill', ['web', 'TERM', 'now'], '"now" is not understood here, it is `npm run kill <service> [signal]`.'],
    ['test', ['--setpu'], '"--setpu" is not understood here, it is `npm test [-- <project> …]'],
    ['test:fresh', ['trixie', 'sid'], '"sid" is not understood here, it is `npm run test:fresh [bookworm | trixie]'],
    ['lab', ['--full'], '"--full" is not understood here, it is `npm run lab [experiment …]'],
    ['load', ['a', 'b'], '"b" is not understood here, it is `npm run load <pattern>`.'],
    ['rotate', ['cache'], '"cache" is not understood here, it is `npm run rotate [edge] [web]`.'],
    ['bench', ['dictionary', 'web'], '"web" is not understood here'],
    ['dance', [], '"dance" is none of start, run, plan, stop, status'],
  ])('refuses %s %j in a sentence', (command, args, sentence) => {
    expect(() => readArguments(command, args)).toThrow(sentence);
  });
});
