// node tools/render/cli.ts <from> <to> [--resolve=NAME,…]: what a container does before its server starts. The lists of
// host:port in the variables of these names get addresses for names first.
import { parseArgs } from 'node:util';
import { renderFolder, TemplateError } from './render.ts';
import { resolveLists } from './resolve.ts';

const {
  positionals: [from, to],
  values: { resolve = '' },
} = parseArgs({ allowPositionals: true, options: { resolve: { type: 'string' } } });
if (!from || !to) {
  console.error('usage: node tools/render/cli.ts <folder of templates> <folder for the files> [--resolve=NAME,…]');
  process.exit(64);
}
const onWait = (host: string, why: string) => console.error(`${host} has no address yet (${why}), waiting`);
try {
  const names = resolve.split(',').filter(Boolean);
  renderFolder(from, to, await resolveLists(process.env, names, { timeoutMs: 60_000, pauseMs: 500, onWait }));
} catch (error) {
  if (!(error instanceof TemplateError)) throw error;
  console.error(error.message);
  process.exit(78);
}
