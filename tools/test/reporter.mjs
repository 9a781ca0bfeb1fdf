// Writes what a project's run counted and what failed in it, so that `npm test` can sum and list all of them (also those
// Nx restores from its cache).
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');
const folder = join(root, '.almanac/test');

export default class CountReporter {
  constructor(_globalConfig, options) {
    this.project = options.project;
  }

  onRunComplete(_contexts, results) {
    mkdirSync(folder, { recursive: true });
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const failures = results.testResults.flatMap(({ testFilePath, testExecError, failureMessage, testResults }) => {
      const file = relative(root, testFilePath);
      return [
        ...(testExecError ? [{ name: file, message: failureMessage }] : []),
        ...testResults
          .filter(({ status }) => status === 'failed')
          .map(({ fullName, failureMessages }) => ({
            name: `${file}: ${fullName}`,
            message: failureMessages.join('\n'),
          })),
      ];
    });
    const counts = { passed: results.numPassedTests, failed, skipped, failures };
    writeFileSync(join(folder, `${this.project}.json`), JSON.stringify(counts));
  }
}
