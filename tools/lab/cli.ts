// npm run lab: the experiments; npm run lab <name> …: runs them on the system that runs here, and says what holds.
import { join } from 'node:path';
import { ExperimentError } from '@almanac/experiments';
import { readArguments } from '../setup/arguments.mjs';
import { Failure } from '../setup/failure.mjs';
import { lab } from './lab.ts';

const root = join(import.meta.dirname, '../..');
const { names, json, small } = readArguments('lab', process.argv.slice(2));
const told = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => told.abort());
// A terminal that is closed, or a pipe whose reader went away, is no reason to leave broken what was broken.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
try {
  process.exitCode = await lab(root, names, { json, size: small ? 'small' : 'full', signal: told.signal });
} catch (error) {
  const isOurs = error instanceof Failure || error instanceof ExperimentError;
  console.error(isOurs ? error.message : error);
  process.exitCode = 1;
}
