// The runner on the system of the working folder, for the specs.
import { runCommand } from '../commands.ts';

process.exitCode = await runCommand(process.cwd(), process.argv.slice(2), import.meta.filename);
