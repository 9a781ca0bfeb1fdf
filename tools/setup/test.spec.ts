import { describe, expect, it } from '@jest/globals';
import { failedTasksOf, failuresOf, lastLine, sum } from './test.mjs';

const suite = (passed: number, failed = 0, skipped = 0) => ({ passed, failed, skipped });
const run = { counts: [suite(3), suite(4)], failedTasks: [] as string[], isOk: true, isCi: false };

describe(sum, () => {
  it('adds up', () => expect(sum(run)).toEqual(suite(7)));
  it('counts a failed lint or build as one, a failed test task by its tests', () => {
    const failedTasks = ['web:lint', 'web:build', 'web:test'];
    expect(sum({ ...run, counts: [suite(3, 2)], failedTasks, isOk: false })).toEqual(suite(3, 4));
  });
  it('counts a suite that left no counts as failed', () => {
    expect(sum({ ...run, counts: [suite(3), undefined], failedTasks: ['web:test'], isOk: false })).toEqual(suite(3, 1));
  });
  it('is never green when the run was not', () => expect(sum({ ...run, isOk: false }).failed).toBe(1));
  it('counts skips as failures in continuous integration', () => {
    expect(sum({ ...run, counts: [suite(3, 0, 2)] })).toEqual(suite(3, 0, 2));
    expect(sum({ ...run, counts: [suite(3, 0, 2)], isCi: true })).toEqual(suite(3, 2, 2));
  });
});

describe(lastLine, () => {
  it('says what is to be said', () => {
    expect(lastLine(suite(3, 1))).toBe('3 passed, 1 failed');
    expect(lastLine(suite(3, 1, 2))).toBe('3 passed, 1 failed, 2 skipped');
  });
});

describe(failuresOf, () => {
  const suiteOf = (counts?: ReturnType<typeof suite>, failures: { name: string; message: string }[] = []) => ({
    suite: 'e2e',
    counts: counts && { ...counts, failures },
  });
  it('says nothing where nothing failed', () => {
    expect(failuresOf([suiteOf(suite(3)), suiteOf(suite(3, 0, 2))], { isCi: false })).toBe('');
  });
  it('lists failed lints and builds, then the tests with what they expected, without stacks and colours', () => {
    const message = '\x1b[2mexpect(\x1b[22mreceived)\n\nExpected: 1\n    at Object.<anonymous> (e2e/a.spec.ts:1:1)';
    const failed = suiteOf(suite(3, 1), [{ name: 'e2e/a.spec.ts: a word', message }]);
    expect(failuresOf([failed], { failedTasks: ['web:lint', 'e2e:test'], isCi: true })).toBe(`Failed:
- web:lint
- e2e/a.spec.ts: a word
    expect(received)
    Expected: 1
`);
  });
  it('lists what did not come to its end, and what continuous integration takes for a failure', () => {
    expect(failuresOf([suiteOf(), suiteOf(suite(3, 0, 2))], { failedTasks: ['e2e:test'], isCi: true })).toBe(`Failed:
- e2e: did not come to its end
- e2e: 2 skipped
`);
  });
});

describe(failedTasksOf, () => {
  it('reads nx’s last words', () => {
    const output = `
 NX   Ran targets lint, test for 3 projects (2m)
\x1b[31m✖\x1b[39m  2/7 failed
Failed tasks:

- \x1b[2mweb\x1b[22m:lint
- dictionary-server:test
`;
    expect(failedTasksOf(output)).toEqual(['web:lint', 'dictionary-server:test']);
  });
  it('reads none where none failed', () => expect(failedTasksOf('all good\n- a:b\n')).toEqual([]));
});
