// Builds the pages: the browser's code and style in one hashed file each, the HTML around them, and a brotli and a
// gzip copy of everything that compresses. Run by node after tsc has checked the types.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';

const source = import.meta.dirname;
const target = join(source, '../dist/public');

const titles = {
  home: 'Almanac: look up a word',
  word: 'Dictionary · Almanac',
  about: 'About · Almanac',
  'not-found': 'No such page · Almanac',
};

/** Replaces each `{{name}}`; a name without a value is an error, so that no page ships with a hole in it. */
function fill(template: string, values: Record<string, string>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for {{${name}}}`);
    return value;
  });
}

/** @returns the hashed names by the name of the file that they were made from */
async function bundle(): Promise<Map<string, string>> {
  const { metafile } = await build({
    entryPoints: [join(source, 'site.ts'), join(source, 'site.css')],
    outdir: join(target, 'assets'),
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    publicPath: '/assets',
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    format: 'esm',
    target: ['es2022', 'safari17.5', 'chrome123', 'firefox121'],
    loader: { '.woff2': 'file' },
    metafile: true,
    logLevel: 'warning',
  });
  const names = Object.keys(metafile.outputs).map((file) => basename(file));
  return new Map(names.map((name) => [name.replace(/-[A-Z0-9]{8}(?=\.)/, ''), `/assets/${name}`]));
}

async function render(assets: Map<string, string>): Promise<void> {
  const read = (file: string) => readFile(join(source, file), 'utf8');
  const parts: Record<string, string> = {
    css: assets.get('site.css')!,
    js: assets.get('site.js')!,
    font: assets.get('source-serif-4-latin-wght-normal.woff2')!,
    italicFont: assets.get('source-serif-4-latin-wght-italic.woff2')!,
    logo: (await read('logo.svg')).trim(),
    search: await read('search.html'),
    journey: await read('journey.html'),
    wordnetLicence: await read('wordnet-licence.txt'),
    description: 'A dictionary of English: every sense of 147,000 words and phrases, from WordNet.',
  };
  for (const [name, title] of Object.entries(titles)) {
    const main = fill(await read(`${name}.html`), parts);
    const topSearch = name === 'home' ? '' : parts['search']!;
    const html = fill(await read('layout.html'), { ...parts, name, title, main, topSearch });
    await writeFile(join(target, `${name}.html`), html);
  }
}

async function compress(file: string): Promise<void> {
  const bytes = await readFile(file);
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }));
}

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await render(await bundle());
for (const file of ['favicon.svg', 'robots.txt', 'manifest.webmanifest']) {
  await copyFile(join(source, file), join(target, file));
}
const files = await readdir(target, { recursive: true });
await Promise.all(
  files.filter((file) => /\.(html|css|js|svg)$/.test(file)).map((file) => compress(join(target, file))),
);
