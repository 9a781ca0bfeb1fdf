// What is seen of an experiment: lines for people, also where there is no terminal, or a JSON object a line.
import type { Experiment, Happening, Report } from '@almanac/experiments';

export interface View {
  begin(experiment: Experiment): void;
  tell(happening: Happening): void;
  end(report: Report): void;
}

/** A sentence over lines that are not too long to read. */
const wrapped = (text: string, width = 100): string[] =>
  [...text.matchAll(new RegExp(`(\\S.{0,${width - 1}})(?:\\s+|$)`, 'g'))].map(([, line]) => line!);

export const textView = (write = (line: string) => console.log(line)): View => ({
  begin: ({ title, pattern, book, hypothesis }) => {
    write('');
    write(title);
    write(`  ${pattern}: ${book}`);
    for (const line of wrapped(hypothesis)) write(`  ${line}`);
    write('');
  },
  tell: ({ atMs, phase, what }) => write(`${(atMs / 1000).toFixed(1).padStart(6)} s  ${phase.padEnd(8)}  ${what}`),
  end: ({ verdicts, timeline, interrupted, holds, calls, failed }) => {
    write('');
    for (const line of timeline) write(`  ${line}`);
    write('');
    for (const { promise, holds, measured } of verdicts)
      write(`  ${holds ? 'holds   ' : 'BROKEN  '}${promise}: ${measured}`);
    const sum = `${calls} calls, ${failed} of them not as expected`;
    write(
      interrupted
        ? 'Interrupted: all is healed, there is no verdict.'
        : `${holds ? 'The hypothesis holds' : 'The hypothesis does not hold'}: ${sum}.`,
    );
  },
});

export const jsonView = (name: string, write = (line: string) => console.log(line)): View => {
  const say = (event: object) => write(JSON.stringify({ name, ...event }));
  return {
    begin: ({ title, pattern, book, hypothesis }) => say({ event: 'begin', title, pattern, book, hypothesis }),
    tell: (happening) => say({ event: 'happening', ...happening }),
    end: (report) => say({ event: 'report', ...report }),
  };
};
