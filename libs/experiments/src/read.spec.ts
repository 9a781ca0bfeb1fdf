import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readExperiment, readExperiments } from './read.ts';

const valid = `title: One is killed
pattern: Replicated load-balanced service
book: Chapter 5
hypothesis: Nobody notices.
load:
  visitors: { ask: '/api/things/{new}', perSecond: 10 }
break:
  - kill: thing-1
  - until: { replaced: [thing-1] }
verdict:
  - failed: 0
`;
const read = (from: string, to: string) => readExperiment(valid.replace(from, to), 'x.yaml');

describe(readExperiment.name, () => {
  it('reads what a file says, with what it leaves out', () => {
    expect(readExperiment(valid, 'x.yaml')).toMatchObject({
      load: { visitors: { visitors: 4, connections: 'kept', as: 'load', expect: [200] } },
      break: [{ kill: ['thing-1'] }, { until: { replaced: ['thing-1'] } }],
      watch: [],
      heal: [],
    });
  });

  it.each([
    ['a field that there is not', 'title:', 'titel: x\ntitle:', /^x.yaml:1:1: the file: Unrecognized key: "titel"$/],
    ['a verb that there is not', 'kill:', 'explode:', /^x.yaml:8:5: break.0: Unrecognized key: "explode"$/],
    [
      'two verbs in one step',
      'kill: thing-1',
      '{ kill: thing-1, freeze: thing-1 }',
      /^x.yaml:8:5: break.0: must say exactly one of kill, freeze, /,
    ],
    ['a condition that there is not', 'replaced:', 'happy:', /^x.yaml:9:12: break.1.until: Unrecognized key: "happy"$/],
    ['a load beyond the limit', 'perSecond: 10', 'perSecond: 5000', /^x.yaml:6:52: load.visitors.perSecond: Too big/],
    [
      'a path that is none',
      '/api/things/{new}',
      'https://elsewhere/',
      /^x.yaml:6:20: load.visitors.ask: must be a path/,
    ],
    ['a placeholder that there is not', '{new}', '{old}', /^x.yaml:6:20: load.visitors.ask: must be a path/],
    ['a replica that can be none', 'thing-1', '"../x"', /^x.yaml:8:11: break.0.kill.0: is the name of no service/],
    [
      'a promise about a phase that there is not',
      'failed: 0',
      '{ failed: 0, during: [never] }',
      /^x.yaml:11:27: verdict.0.during.0: Invalid option/,
    ],
    [
      'a promise about a stream that there is not',
      'failed: 0',
      '{ failed: 0, of: them }',
      /^x.yaml:11:22: verdict.0.of: there is no stream "them"$/,
    ],
    [
      'a time that belongs to nothing',
      'kill: thing-1',
      '{ kill: thing-1, forMs: 5 }',
      /^x.yaml:8:5: break.0: forMs belongs to freeze$/,
    ],
    ['nothing that is promised', '  - failed: 0', '  []', /^x.yaml:11:3: verdict: Too small/],
    ['what is missing', 'book: Chapter 5\n', '', /^x.yaml:1:1: book: Invalid input: expected string/],
    ['what is no YAML', 'book:', 'book: [', /^x.yaml:\d+:\d+: /],
  ])('names the place of %s', (_, from, to, message) => {
    expect(() => read(from, to)).toThrow(message);
  });
});

describe(readExperiments.name, () => {
  it('reads every experiment of the house', () => {
    const all = readExperiments(join(import.meta.dirname, '../../../experiments'));
    expect([...all.keys()]).toEqual(expect.arrayContaining(['replica-killed', 'stampede', 'origin-down']));
  });
});
