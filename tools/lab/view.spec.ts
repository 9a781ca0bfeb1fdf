import { describe, expect, it } from '@jest/globals';
import { jsonView, textView } from './view.ts';

const about = {
  title: 'One is killed',
  pattern: 'Replicas',
  book: 'Chapter 5',
  hypothesis: 'Nobody notices. '.repeat(9),
};
const report = {
  title: about.title,
  holds: false,
  verdicts: [
    { promise: 'failed 0', holds: false, measured: '1 of 2: 503 1' },
    { promise: 'slowest deadline', holds: true, measured: '3 ms' },
  ],
  timeline: ['asked │█│'],
  calls: 2,
  failed: 1,
  interrupted: false,
};
const happening = { atMs: 1234, phase: 'breaking', what: 'kill a' } as const;

const shown = (view: typeof textView | ReturnType<typeof named>) => {
  const lines: string[] = [];
  const { begin, tell, end } = view((line) => lines.push(line));
  begin(about as Parameters<typeof begin>[0]);
  tell(happening);
  end(report);
  return lines;
};
const named = (name: string) => (write: (line: string) => void) => jsonView(name, write);

describe('what is seen of an experiment', () => {
  it('is lines that fit a terminal', () => {
    const lines = shown(textView);
    expect(lines).toEqual(
      expect.arrayContaining([
        'One is killed',
        '   1.2 s  breaking  kill a',
        '  asked │█│',
        '  BROKEN  failed 0: 1 of 2: 503 1',
        '  holds   slowest deadline: 3 ms',
        'The hypothesis does not hold: 2 calls, 1 of them not as expected.',
      ]),
    );
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(102);
  });

  it('is an object a line for programs', () => {
    const events = shown(named('killed')).map((line) => JSON.parse(line));
    expect(events).toMatchObject([
      { name: 'killed', event: 'begin', title: 'One is killed' },
      { name: 'killed', event: 'happening', phase: 'breaking', what: 'kill a' },
      { name: 'killed', event: 'report', holds: false, verdicts: [{ promise: 'failed 0' }, {}] },
    ]);
  });
});
