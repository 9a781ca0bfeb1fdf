// node tools/runner/cli.ts <command>: what tools/almanac.mjs calls when everything is set up.
import { join } from 'node:path';
import { runCommand } from './commands.ts';

process.exitCode = await runCommand(join(import.meta.dirname, '../..'), process.argv.slice(2), import.meta.filename);
