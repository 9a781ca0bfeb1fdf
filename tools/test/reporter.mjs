// Writes what a project's run counted, so that `npm test` can sum all of them (also those Nx restores from its cache).
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../.almanac/test');

export default class CountReporter {
  constructor(_globalConfig, options) {
    this.project = options.project;
  }

  onRunComplete(_contexts, results) {
    mkdirSync(folder, { recursive: true });
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const counts = { passed: results.numPassedTests, failed, skipped: results.numPendingTests + results.numTodoTests };
    writeFileSync(join(folder, `${this.project}.json`), JSON.stringify(counts));
  }
}
