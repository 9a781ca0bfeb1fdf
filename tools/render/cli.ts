// node tools/render/cli.ts <from> <to>: what a container does before its server starts.
import { renderFolder, TemplateError } from './render.ts';

const [from, to] = process.argv.slice(2);
if (!from || !to) {
  console.error('usage: node tools/render/cli.ts <folder of templates> <folder for the files>');
  process.exit(64);
}
try {
  renderFolder(from, to, process.env);
} catch (error) {
  if (!(error instanceof TemplateError)) throw error;
  console.error(error.message);
  process.exit(78);
}
