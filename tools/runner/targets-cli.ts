// node tools/runner/targets-cli.ts <compose file> <file>: whom Prometheus asks, for the parts of COMPOSE_PROFILES and with the
// file's variables from the environment. The init of compose; natively the runner does it.
import { readFileSync } from 'node:fs';
import { Failure } from '../setup/failure.mjs';
import { parseCompose, partsOf, select, variablesOf } from './compose.ts';
import { targetsOf, writeTargets } from './targets.ts';

const [composeFile, targetsFile] = process.argv.slice(2);
if (!composeFile || !targetsFile) throw new Error('usage: node tools/runner/targets-cli.ts <compose file> <file>');
try {
  const variables = variablesOf('/', process.env, '');
  const parts = partsOf(variables);
  const services = select(parseCompose(readFileSync(composeFile, 'utf8'), variables), parts);
  // Compose does not tell a container which profiles its command line named.
  if (!parts.includes('monitoring'))
    throw new Failure(
      'Name the parts by COMPOSE_PROFILES (dictionary,monitoring), not by --profile: who is asked follows it.',
    );
  const targets = targetsOf(services);
  writeTargets(targetsFile, targets);
  console.log(`${targets.length} targets`);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exit(78);
}
